"""Deduplicate submissions to one sign-up per person (rulebook section 2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mentorsync_pipeline.domain import error_codes, normalize
from mentorsync_pipeline.domain.answers import PASS_THROUGH_NAMES
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import ONE_PERSON, Decisions
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, WarningFinding
from mentorsync_pipeline.domain.known_mentors import (
    NO_KNOWN_MENTORS,
    KnownMentors,
    find_former_mn_ids,
    restore_known_name,
)
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.names.name_boxes import is_neat, tidy_boxes
from mentorsync_pipeline.domain.names.preferred_names import read_preferred_name
from mentorsync_pipeline.domain.placeholders import (
    MAX_CONTACTS,
    MAX_SIGNUPS,
    Placeholder,
    find_widely_shared_keys,
    mark_placeholders,
    warn_placeholder,
)
from mentorsync_pipeline.domain.records import Contact, MatchKeys, Signup, Submission
from mentorsync_pipeline.domain.sharing import person_name, share_phone
from mentorsync_pipeline.domain.vocabulary import WarningType
from mentorsync_pipeline.signups.rules.deleted_signups import find_deleted_signups
from mentorsync_pipeline.signups.rules.grouping import (
    Grouping,
    find_crowded_keys,
    find_keys_of_many_names,
    find_pairs_with_shared_key,
    group_signups,
    merge_people,
)
from mentorsync_pipeline.signups.rules.joined_before import find_pairs_decided_as_one, find_pairs_joined_before
from mentorsync_pipeline.signups.rules.signup_questions import (
    SOURCE_TABLE,
    ask_about_shared_phone,
    resolve_shared_mn_ids,
)

_KEYS = ("phone", "personal_email", "uga_email")
# Keys (`normalize.name_key`) of texts that answer nothing; a text of signs alone has none.
_NO_ANSWERS = frozenset({"", "na", "nan", "none", "null", "undefined"})


@dataclass(frozen=True, slots=True)
class DedupResult:
    """One sign-up per person, sorted by submission id, with conflicts, errors and warnings.

    `placeholders` are the phones and emails that are not used for matching this year, sorted by key.

    Two sign-ups may still have the same MN id, until a person decides (`signup_questions.find_blocked_by_shared_id`).
    """

    signups: tuple[Signup, ...]
    conflicts: tuple[Conflict, ...]
    errors: tuple[ErrorFinding, ...]
    warnings: tuple[WarningFinding, ...]
    placeholders: tuple[Placeholder, ...] = ()


def collect_typed_keys(submissions: Iterable[Submission]) -> MatchKeys:
    """Return all phones and emails that were typed into the submissions, deleted ones included."""
    listed = list(submissions)
    emails = (raw for submission in listed for raw in (submission.personal_email, submission.uga_email))
    return MatchKeys(
        external_ids=frozenset(),
        phones=frozenset(key for submission in listed for key in normalize.phone_keys(submission.phone)),
        emails=frozenset(key for raw in emails for key in normalize.email_keys(raw)),
    )


def deduplicate(
    submissions: Iterable[Submission],
    config: CampaignConfig,
    *,
    decisions: Decisions = MappingProxyType({}),
    known: KnownMentors = NO_KNOWN_MENTORS,
    contacts: Iterable[Contact] = (),
) -> DedupResult:
    """Return each person's newest sign-up, with the superseded sign-ups listed newest first (rulebook, section 2).

    Deleted submissions, and removed ones (no longer listed by Jotform), are tombstones and not used; one without a
    valid MN id is an `INVALID_MN_ID` error. An id that a submission carried before it was corrected (`known`) counts
    as superseded, and so does the id of the person's deleted sign-up that had been a mentor's. The order of the inputs
    does not matter.

    `contacts` are at least those with a phone or email that many contacts share: it is a placeholder and joins no
    sign-ups.
    """
    submissions = list(submissions)
    read, errors = _read_signups(filter(_is_current, submissions), config)
    entered = {signup.submission_id: signup for signup in read}
    shared_by_contacts = find_widely_shared_keys(contacts, limit=MAX_CONTACTS)
    usable, placeholders = _mark_placeholders(
        [restore_known_name(signup, known) for signup in read], shared_by_contacts
    )
    crowded = find_keys_of_many_names(usable)
    grouping: Grouping | None = None
    while crowded or grouping is None:
        usable = mark_placeholders(usable, crowded)
        placeholders |= crowded
        grouping = group_signups(usable, known)
        crowded = find_crowded_keys(grouping.people)

    phone_questions: list[Conflict] = []
    one_person: list[tuple[int, int]] = []
    email_pairs: list[tuple[Signup, Signup]] = []
    decided = {*find_pairs_decided_as_one(grouping.people, decisions)}
    joined_before = {*find_pairs_joined_before(grouping.people, known)}
    for first, second in sorted({*find_pairs_with_shared_key(grouping.people), *decided, *joined_before}):
        newer, older = grouping.people[first][0], grouping.people[second][0]
        if share_phone(newer, older) or (first, second) in decided:
            question, answer = ask_about_shared_phone(newer, older, decisions)
            if answer is None and (first, second) in joined_before:
                question, answer = None, ONE_PERSON
            if answer == ONE_PERSON:
                one_person.append((first, second))
            if question is not None:
                phone_questions.append(question)
        elif (first, second) in joined_before:
            one_person.append((first, second))
        else:
            email_pairs.append((newer, older))

    people = merge_people(grouping.people, one_person)
    deleted = find_deleted_signups(
        people,
        _read_remembered_signups(submissions, known, config, {*placeholders, *shared_by_contacts}),
        missing={submission.submission_id for submission in submissions if not _is_deleted(submission)},
        known=known,
    )
    everything = [(*person, *deleted_signups) for person, deleted_signups in zip(people, deleted, strict=True)]
    current = [
        _enter_names(_add_superseded(person, deleted_signups, former), entered)
        for person, deleted_signups, former in zip(people, deleted, find_former_mn_ids(everything, known), strict=True)
    ]
    mn_ids = resolve_shared_mn_ids(current, decisions)
    used = sorted(mn_ids.kept, key=lambda signup: signup.submission_id)
    used_ids = {signup.submission_id for signup in used}
    typed = {submission.submission_id: submission for submission in submissions}
    warnings = [warning for signup in used for warning in _find_value_warnings(signup, typed[signup.submission_id])]
    warnings += [
        warn_placeholder(
            key,
            [*mn_ids_of_key, *(f"contact {holder.contact_id}" for holder in shared_by_contacts.get(key, ()))],
            source_table=SOURCE_TABLE,
        )
        for key, mn_ids_of_key in sorted(placeholders.items())
    ]
    warnings += [_warn_shared_email(*pair) for pair in email_pairs if all(s.submission_id in used_ids for s in pair)]
    warnings += [_warn_kept_apart(signup) for signup in grouping.kept_apart if signup.submission_id in used_ids]
    return DedupResult(
        signups=tuple(used),
        conflicts=(*phone_questions, *mn_ids.questions),
        errors=(*errors, *mn_ids.errors),
        warnings=tuple(warnings),
        placeholders=tuple(
            Placeholder(key=key, signups=len(placeholders.get(key, ())), contacts=len(shared_by_contacts.get(key, ())))
            for key in sorted({*placeholders, *shared_by_contacts})
        ),
    )


def _read_signups(submissions: Iterable[Submission], config: CampaignConfig) -> tuple[list[Signup], list[ErrorFinding]]:
    signups: list[Signup] = []
    errors: list[ErrorFinding] = []
    for submission in sorted(submissions, key=lambda submission: submission.submission_id):
        mn_id = normalize.mn_id(submission.mn_id)
        if mn_id is None:
            problem = "an MN id that is not MN and at least four digits" if _text(submission.mn_id) else "no MN id"
            errors.append(
                error_codes.build_error(
                    "INVALID_MN_ID",
                    subject=submission.submission_id,
                    message=f"Submission {submission.submission_id} has {problem}.",
                    source_table=SOURCE_TABLE,
                )
            )
        else:
            signups.append(_build_signup(submission, mn_id, config))
    return signups, errors


def _mark_placeholders(
    signups: Sequence[Signup], shared_by_contacts: Collection[str]
) -> tuple[list[Signup], dict[str, list[str]]]:
    """Mark placeholders among the keys of sign-ups; return them, and MN ids by placeholder."""
    shared = find_widely_shared_keys(signups, limit=MAX_SIGNUPS)
    mn_ids_by_value: dict[str, list[str]] = {
        key: [holder.mn_id for holder in holders] for key, holders in shared.items()
    }
    for signup in signups:
        for key in (*signup.phone_keys, *signup.email_keys):
            if key in shared_by_contacts and key not in shared:
                mn_ids_by_value.setdefault(key, []).append(signup.mn_id)
    for signup in signups:
        for value in _find_typed_placeholders(signup):
            mn_ids_by_value.setdefault(value, []).append(signup.mn_id)
    return mark_placeholders(signups, {*shared, *shared_by_contacts}), mn_ids_by_value


def _is_placeholder(key: str, raw: str) -> bool:
    """Return whether a box without a usable value contains a placeholder, which has its own warning."""
    return bool(normalize.phones(raw) if key == "phone" else normalize.emails(raw))


def _find_typed_placeholders(signup: Signup) -> tuple[str, ...]:
    """Return the placeholders in the boxes of a sign-up."""
    placeholders = (
        *(number for number in normalize.phones(signup.phone_raw) if normalize.is_placeholder_phone(number)),
        *(
            address
            for raw in (signup.personal_email_raw, signup.uga_email_raw)
            for address in normalize.emails(raw)
            if normalize.is_placeholder_email(address)
        ),
    )
    return tuple(dict.fromkeys(placeholders))


def _build_signup(submission: Submission, mn_id: str, config: CampaignConfig) -> Signup:
    phone, *more_phones = normalize.phone_keys(submission.phone) or (None,)
    personal_email, *more_personal = _read_addresses(submission.personal_email)
    uga_email, *more_uga = _read_addresses(submission.uga_email)
    answers: dict[str, Any] = {
        name: _read_answer(config, name, getattr(submission, name)) for name in PASS_THROUGH_NAMES
    }
    return Signup(
        submission_id=submission.submission_id,
        mn_id=mn_id,
        external_id=config.external_id(mn_id),
        created_at=submission.created_at,
        updated_at=submission.updated_at,
        first_name=_text(submission.first_name),
        last_name=_text(submission.last_name),
        preferred_name=_text(submission.preferred_name),
        phone=phone,
        phone_raw=_text(submission.phone),
        personal_email=personal_email,
        personal_email_raw=_text(submission.personal_email),
        uga_email=uga_email,
        uga_email_raw=_text(submission.uga_email),
        **answers,
        further_phones=tuple(more_phones),
        further_emails=tuple(address for address in (*more_personal, *more_uga) if address),
    )


def _read_answer(config: CampaignConfig, name: str, raw: str | None) -> str | None:
    """Return the option or text of an answer; None for `n/a`, a dot and the like, which replace no other value.

    `None` is an answer where it is an option of the field, and for a partner.
    """
    text = _text(raw)
    answer = match_option(config, name, text)
    if answer in config.custom_field_options.get(name, ()) or name == "partner_preference":
        return answer
    return None if normalize.name_key(text) in _NO_ANSWERS else answer


def _read_addresses(raw: str | None) -> tuple[str | None, ...]:
    """Return the emails in one box, without placeholders; (None,) when there are none."""
    return tuple(address for address in normalize.emails(raw) if not normalize.is_placeholder_email(address)) or (None,)


def _text(raw: str | None) -> str | None:
    return (raw or "").strip() or None


def _read_remembered_signups(
    submissions: Iterable[Submission], known: KnownMentors, config: CampaignConfig, placeholders: Collection[str]
) -> list[Signup]:
    """Return the deleted submissions of earlier mentors, with placeholders among their keys marked.

    They have the keys, too, of the deleted submissions that they superseded: these were the same person's.
    """
    deleted = {submission.submission_id: submission for submission in submissions if not _is_current(submission)}
    remembered = []
    for submission in deleted.values():
        mentor = known.get(submission.submission_id)
        if mentor is not None:
            signup = _build_signup(submission, normalize.mn_id(submission.mn_id) or mentor.mn_id, config)
            superseded = [deleted[key] for key in mentor.superseded_submission_ids if key in deleted]
            typed = collect_typed_keys(superseded)
            keys = (*mentor.keys, *sorted(typed.phones), *sorted(typed.emails))
            remembered.append(_add_keys(restore_known_name(signup, known), keys))
    return mark_placeholders(remembered, placeholders)


def _add_keys(signup: Signup, keys: Iterable[str]) -> Signup:
    """Add the phones and emails that a deleted sign-up had before: it may have been corrected since."""
    more = [key for key in dict.fromkeys(keys) if key not in (*signup.phone_keys, *signup.email_keys)]
    return replace(
        signup,
        further_phones=(*signup.further_phones, *(key for key in more if "@" not in key)),
        further_emails=(*signup.further_emails, *(key for key in more if "@" in key)),
    )


def _is_current(submission: Submission) -> bool:
    return not _is_deleted(submission) and not submission.removed


def _is_deleted(submission: Submission) -> bool:
    return submission.status.strip().upper() == "DELETED"


def _enter_names(signup: Signup, entered: Mapping[str, Signup]) -> Signup:
    """Return a sign-up with the names as they were entered."""
    typed = entered[signup.submission_id]
    names = {name: getattr(typed, name) for name in ("first_name", "last_name", "preferred_name")}
    return replace(signup, **names) if person_name(signup) != person_name(typed) else signup


def _add_superseded(person: Sequence[Signup], deleted: Sequence[Signup], former: Sequence[str]) -> Signup:
    newest, *older = person
    earlier_ids = (signup.mn_id for signup in older if signup.mn_id != newest.mn_id)
    former_ids = dict.fromkeys((*earlier_ids, *former))
    if not (older or former_ids or deleted):
        return newest
    return replace(
        newest,
        superseded_submission_ids=tuple(signup.submission_id for signup in older),
        superseded_mn_ids=tuple(former_ids),
        deleted_submission_ids=tuple(signup.submission_id for signup in deleted),
    )


def _find_value_warnings(signup: Signup, submission: Submission) -> Iterable[WarningFinding]:
    number = signup.submission_id
    for key in _KEYS:
        raw, value = getattr(signup, f"{key}_raw"), getattr(signup, key)
        field = f"The {key.replace('_', ' ')} of sign-up {number}"
        likely = normalize.suggest_email(value) if value and key != "phone" else None
        if likely is not None:
            text = f"{field} looks mistyped; {likely} was probably meant. It is kept as it was typed."
            yield _warn(signup, "unusual_value", key, text)
        if raw is not None and value is None and not _is_placeholder(key, raw):
            text = f"{field} is not valid. Its text is kept and nothing is matched by it."
            yield _warn(signup, "unusual_value", key, text)
    boxes = tidy_boxes(signup.first_name, signup.last_name)
    is_no_preferred_name = signup.preferred_name and not read_preferred_name(signup.preferred_name, boxes.last)
    if (
        boxes != (signup.first_name, signup.last_name)
        or not all(is_neat(name) for name in boxes if name)
        or is_no_preferred_name
    ):
        text = (
            f"The name of sign-up {number} is in one box, is no name (a placeholder, an email, a number), or is "
            "written in all capitals or none. It is split and formatted; a neat name in Givebutter is kept."
        )
        yield _warn(signup, "unusual_value", "name", text)
    for name in PASS_THROUGH_NAMES:
        if _text(getattr(submission, name)) is not None and getattr(signup, name) is None:
            text = f"The {name.replace('_', ' ')} of sign-up {number} is no answer and is not used."
            yield _warn(signup, "unusual_value", f"answer {name}", text)
    if signup.phone is None and not signup.emails:
        text = f"Sign-up {number} has neither a valid phone nor a valid email. Only its MN id can find a contact."
        yield _warn(signup, "missing_field", "phone or email", text)


def _warn(signup: Signup, warning_type: WarningType, part: str, message: str) -> WarningFinding:
    """Return a warning about a part of a sign-up; `part` names it in the warning's subject."""
    return WarningFinding(
        warning_type=warning_type,
        subject=f"{signup.submission_id}:{part}",
        message=message,
        source_table=SOURCE_TABLE,
        mn_id=signup.mn_id,
    )


def _warn_shared_email(newer: Signup, older: Signup) -> WarningFinding:
    return WarningFinding(
        warning_type="duplicate_detected",
        subject=f"{older.submission_id}+{newer.submission_id}",
        message=f"{newer.mn_id} and {older.mn_id} gave the same email. They are kept as two people, because "
        "their names do not agree.",
        source_table=SOURCE_TABLE,
        mn_id=newer.mn_id,
    )


def _warn_kept_apart(signup: Signup) -> WarningFinding:
    text = (
        f"Sign-up {signup.submission_id} may be the same person as another one. It is kept apart: joining them would "
        "join people whose names differ."
    )
    return _warn(signup, "low_confidence", "same person", text)
