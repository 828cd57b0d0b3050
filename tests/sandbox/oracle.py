"""An independent implementation of the rulebook's sections 1 to 4, to check the generated truth.

It is slow and plain on purpose and shares nothing with the package's rules: if the generator's truth and this reading
disagree, the generated world is wrong. It reads plainly written data: mentors whose names or keys
take more (`is_plain`) are left out, and `tests/mentors/test_habits.py` holds the rules themselves against their truth.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from html import unescape

import phonenumbers
from nicknames import NickNamer
from rapidfuzz.distance import Levenshtein

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_model import Form, Submission
from mentorsync_pipeline.sandbox.population import MentorTruth, World
from mentorsync_pipeline.sandbox.population.scenario_table import SCENARIOS

_NICKNAMES = NickNamer()
_MERGED = {"merge_rest", "merge_rest_linked", "id_held_twice"}
_NOT_PLAIN = (
    {"placeholder_email", "other_script", "sounds_alike"}
    | _MERGED
    | {*(s.name for s in SCENARIOS if s.is_of_relatives)}
)


def is_plain(mentor: MentorTruth) -> bool:
    """Whether the oracle can match a mentor: names and keys without typing errors, and no similar relatives."""
    return mentor.scenario not in _NOT_PLAIN and not mentor.habit


def phone(text: str | None) -> str | None:
    """E.164 or nothing."""
    try:
        number = phonenumbers.parse(text or "", "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _key(text: str | None) -> str:
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    return "".join(char for char in plain if char.isalnum())


def _real(text: str | None) -> bool:
    return bool(_key(text)) and "@" not in (text or "") and not re.search(r"\d", text or "")


def _first_match(left: set[str], right: set[str]) -> bool:
    for a in left:
        for b in right:
            short, long = sorted((a, b), key=len)
            if a == b or (len(short) >= 3 and long.startswith(short)):
                return True
            if b in _NICKNAMES.nicknames_of(a) or a in _NICKNAMES.nicknames_of(b):
                return True
            if len(short) >= 5 and Levenshtein.distance(a, b) <= 1:
                return True
    return False


def _last_match(left: str | None, right: str | None) -> bool:
    a, b = _key(left), _key(right)
    parts_a = {_key(part) for part in re.split(r"[-\s]", left or "")}
    parts_b = {_key(part) for part in re.split(r"[-\s]", right or "")}
    return a == b or a in parts_b or b in parts_a or (min(len(a), len(b)) >= 5 and Levenshtein.distance(a, b) <= 1)


@dataclass
class Names:
    """First, preferred and last name of one side."""

    first: str | None
    last: str | None
    preferred: str | None = None

    def firsts(self) -> set[str]:
        """The keys of the first names."""
        return {_key(name) for name in (self.first, self.preferred) if _real(name)}


def compare(left: Names, right: Names) -> str:
    """``agree``, ``differ`` or ``unclear``."""
    straight = _first_match(left.firsts(), right.firsts())
    crossed = _first_match(left.firsts(), {_key(right.last)}) and _first_match({_key(left.last)}, right.firsts())
    if (straight and _last_match(left.last, right.last)) or crossed:
        return "agree"
    return "differ" if left.firsts() and right.firsts() and not straight else "unclear"


@dataclass(eq=False)
class Mentor:
    """A sign-up as the oracle reads it."""

    mn_id: str
    names: Names
    phones: set[str]
    personal: set[str]
    uga: set[str]
    submission: Submission
    superseded: set[str] = field(default_factory=set)

    @property
    def emails(self) -> set[str]:
        """Both emails."""
        return self.personal | self.uga


def read_form(world: World, form: Form) -> list[Mentor]:
    """The usable sign-ups of a form."""
    names = world.config.signup_questions
    beyond = {mentor.submission_id for mentor in world.truth.mentors if not is_plain(mentor)}
    mentors = []
    for submission in form.submissions.values():
        if submission.id in beyond:
            continue
        answers = submission.answers
        mn_id = str(answers.get(names["mn_id"], "")).strip().upper()
        if submission.status == "DELETED" or not re.fullmatch(r"MN\d{4,}", mn_id):
            continue
        name, typed = answers[names["name"]], answers.get(names["phone"])
        assert isinstance(name, dict)
        if isinstance(typed, dict):
            typed = typed.get("full") or "".join(typed.get(part, "") for part in ("area", "phone"))
        preferred = unescape(name.get("prefix", ""))
        mentors.append(
            Mentor(
                mn_id,
                Names(unescape(name["first"]), unescape(name["last"]), str(preferred) if preferred else None),
                {number} if (number := phone(str(typed or ""))) else set(),
                _email(answers.get(names["personal_email"])),
                _email(answers.get(names["uga_email"])),
                submission,
            )
        )
    return mentors


def _email(answer: object) -> set[str]:
    return {answer.strip().casefold()} if isinstance(answer, str) and answer.strip() else set()


def deduplicate(mentors: list[Mentor]) -> list[Mentor]:
    """The newest sign-up of each person."""
    by_key: dict[str, list[Mentor]] = defaultdict(list)
    gone: set[Mentor] = set()
    for mentor in sorted(mentors, key=lambda m: (m.submission.created_at, m.submission.id)):
        for key in mentor.phones | mentor.emails:
            for older in by_key[key]:
                agreement = compare(older.names, mentor.names)
                if agreement == "agree" or (agreement == "unclear" and older.emails & mentor.emails):
                    gone.add(older)
                    mentor.superseded |= older.superseded | {older.mn_id}
            by_key[key].append(mentor)
    return [mentor for mentor in mentors if mentor not in gone]


class Oracle:
    """Decides every mentor of a world; ``decisions`` is submission id → (decision, contact id)."""

    def __init__(self, world: World) -> None:
        config = world.config
        self._world = world
        self.mentors = deduplicate(read_form(world, world.forms[config.signup_form_id]))
        self._former = defaultdict(list)
        for old in read_form(world, world.forms[config.previous_signup_form_id]):
            self._former[old.mn_id].append(old)
        self._holders: dict[str, list[Mentor]] = defaultdict(list)
        for mentor in self.mentors:
            self._holders[mentor.mn_id].append(mentor)
        self._index: dict[str, dict[int, Contact]] = defaultdict(dict)
        for contact in world.contacts:
            if contact.archived_at is None:
                for key in (*contact.phones, *(email.casefold() for email in contact.emails), contact.external_id):
                    if key:
                        self._index[key][contact.id] = contact
        campaign = next(campaign for campaign in world.campaigns if campaign.slug == world.campaign_slug)
        members = world.members[campaign.id]
        self._members = {m.email.casefold() for m in members if m.email} | {m.phone for m in members if m.phone}
        self.losers: dict[str, set[int]] = {}
        self.decisions = {mentor.submission.id: self._decide(mentor) for mentor in self.mentors}
        self._one_contact_one_mentor()

    def _decide(self, mentor: Mentor) -> tuple[str, int | None]:
        ids = mentor.superseded | {mentor.mn_id}
        candidates: dict[int, Contact] = {}
        for key in ids | mentor.phones | mentor.emails:
            candidates |= self._index[key]
        judged: dict[str, list[Contact]] = defaultdict(list)
        for contact in candidates.values():
            judged[self._judge(mentor, contact, ids)].append(contact)
        decision, best = self._rank(judged)
        if len(self._holders[mentor.mn_id]) > 1 or judged["collision"]:
            decision, best = "external_id_collision", None
        self.losers[mentor.submission.id] = {contact.id for contact in judged["viable"] if contact is not best}
        return decision, best.id if best else None

    def _rank(self, judged: dict[str, list[Contact]]) -> tuple[str, Contact | None]:
        if judged["winner"]:
            return "external_id", judged["winner"][0]
        real = [contact for contact in judged["viable"] if not self.is_stub(contact)]
        if not real:
            if judged["doubtful"]:
                return "contact_selection", None
            return ("external_id_collision" if judged["taken"] and not judged["viable"] else "new_contact"), None
        real.sort(key=lambda c: (-self._score(c), -c.updated_at.timestamp(), c.id))
        if len(real) == 1:
            return "only_candidate", real[0]
        best, second = real[:2]
        if self._score(best) - self._score(second) > 100:
            return "clear_winner", best
        if (best.updated_at - second.updated_at).total_seconds() > 90 * 86_400:
            return "stale_rival", best
        return "contact_selection", None

    def _judge(self, mentor: Mentor, contact: Contact, ids: set[str]) -> str:
        agreement = compare(mentor.names, Names(contact.first_name, contact.last_name, contact.preferred_name))
        emails = mentor.emails & {email.casefold() for email in contact.emails}
        by_phone = bool(mentor.phones & set(contact.phones))
        if contact.external_id == mentor.mn_id:
            fits = agreement == "agree" or bool(emails) or (by_phone and agreement != "differ")
            return "winner" if fits else "collision"
        keys = by_phone + len(emails) + (contact.external_id in ids)
        same_last = _last_match(mentor.names.last, contact.last_name)
        if contact.external_id and contact.external_id not in ids and self._holders[contact.external_id]:
            return "taken"
        if keys == 1 and contact.external_id not in ids:
            same_first = _first_match(
                mentor.names.firsts(), Names(contact.first_name, None, contact.preferred_name).firsts()
            )
            if by_phone and agreement == "differ" and not same_last:
                return "refused"
            if agreement == "differ" and not (emails & mentor.uga and same_last):
                return "doubtful"
            if by_phone and same_first and not same_last and agreement != "agree":
                return "doubtful"
        if contact.external_id and contact.external_id not in ids:
            former = self._former[contact.external_id]
            known = any(
                (old.phones & mentor.phones or old.emails & mentor.emails)
                and compare(old.names, mentor.names) != "differ"
                for old in former
            )
            return "viable" if known else "collision"
        return "viable"

    def is_stub(self, contact: Contact) -> bool:
        """A mass-email contact: nothing but UGA emails, and no campaign member."""
        only_uga = bool(contact.emails) and all(email.casefold().endswith("@uga.edu") for email in contact.emails)
        return only_uga and not contact.phones and not contact.addresses and not self._is_member(contact)

    def _is_member(self, contact: Contact) -> bool:
        return bool(self._members & {*contact.phones, *(email.casefold() for email in contact.emails)})

    def _score(self, contact: Contact) -> float:
        world, config = self._world, self._world.config
        days = (world.now - contact.updated_at).total_seconds() / 86_400
        mentor_tags = {config.fill(config.mentor_tag, world.year), config.plain_mentor_tag}
        dropped_tags = {config.fill(config.dropped_tag, world.year), config.plain_dropped_tag}
        return (
            1000 * (not dropped_tags.isdisjoint(contact.tags))
            + 500 * any(tag in mentor_tags or "SWAB" in tag for tag in contact.tags)
            + max(0.0, 100 - days)
            + 50 * bool(contact.phones)
            + 30 * bool(contact.emails)
            + 20 * (len(contact.emails) > 1)
            + 20 * bool(contact.addresses)
            + 30 * self._is_member(contact)
        )

    def _one_contact_one_mentor(self) -> None:
        winners: dict[int, list[str]] = defaultdict(list)
        for submission_id, (_, contact_id) in self.decisions.items():
            if contact_id is not None:
                winners[contact_id].append(submission_id)
        for submissions in winners.values():
            if len(submissions) > 1:
                for submission_id in submissions:
                    self.decisions[submission_id] = ("external_id_collision", None)
