"""What must hold of mentors, their contacts and pages, and of the questions (rulebook sections 2 to 5)."""

from collections import defaultdict
from collections.abc import Collection
from itertools import combinations

from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.records import Mentor, Signup
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import NOBODYS_EMAIL, Person, plain_id
from tests.seasons.simulated_services import ATTENDED_LABEL


def check_people(watch: Observations, result: YearResult) -> None:
    """Nobody is joined with somebody else, and nobody who is listed is missing."""
    found = set()
    for signup in result.signups.signups:
        people = {watch.town.owner_of_mentor(key) for key in (signup.submission_id, *signup.superseded_submission_ids)}
        found |= people
        if len(people) > 1:
            watch.fail("two people become one mentor", watch.names_of(people))
    listed = {
        watch.town.owner_of_mentor(key)
        for key, submission in watch.system.submissions.items()
        if key in watch.town.signups and submission.status == "ACTIVE" and not submission.removed
    }
    without_id = {
        watch.town.owner_of_mentor(error.subject)
        for error in result.signups.errors
        if error.error_code == "MN_ID_TAKEN"
    }
    if listed - found - without_id:
        watch.fail("a mentor vanishes", watch.names_of(listed - found - without_id))
    _check_shared_ids(watch, result)
    rows = {
        watch.town.owner_of_mentor(row.submission_id): row.mn_id
        for row in result.mentors.mentors
        if row.submission_id is not None
    }
    used = {signup.mn_id for signup in result.signups.signups}
    lost = {number for number in found - rows.keys() & watch.row_ids.keys() if watch.row_ids[number] not in used}
    if lost:
        watch.fail("a mentor's row is dropped", watch.names_of(lost))
    watch.row_ids = rows


def _check_shared_ids(watch: Observations, result: YearResult) -> None:
    """Two sign-ups with one MN id are asked about, and neither is linked meanwhile (rulebook section 2)."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for signup in result.signups.signups:
        by_id[signup.mn_id].append(signup.submission_id)
    asked = {conflict.subject for conflict in result.conflicts}
    winners = {winner.submission_id: winner for winner in result.winners.winners}
    for mn_id, sharing in by_id.items():
        for first, second in combinations(sharing, 2):
            if asked.isdisjoint((f"signups:{first}+{second}", f"signups:{second}+{first}")):
                watch.fail("an MN id of two people is not asked about", mn_id)
        if len(sharing) > 1 and any(winners[key].decision != "blocked" for key in sharing):
            watch.fail("an MN id of two people is not asked about", f"{mn_id} is not blocked")


def check_questions(watch: Observations, result: YearResult) -> None:
    keys = [(conflict.mn_id, conflict.conflict_type, conflict.subject) for conflict in result.conflicts]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        watch.fail("one subject is asked about twice", str(sorted(twice)))
    signups: dict[int, list[Signup]] = defaultdict(list)
    for signup in result.signups.signups:
        signups[watch.town.owner_of_mentor(signup.submission_id)].append(signup)
    for conflict in result.conflicts:
        person = watch.person_of_row(conflict.mn_id)
        if (
            conflict.conflict_type == "external_id_collision"
            and person is not None
            and len(signups[person.number]) == 1
        ):
            _check_collision(watch, person, signups[person.number][0], conflict)
        if conflict.conflict_type in ("phone_mismatch", "email_mismatch") and conflict.recommended_option is not None:
            watch.fail("a recommendation without evidence", f"{conflict.subject} of {conflict.mn_id}")
        if conflict.conflict_type != "contact_selection" or person is None or conflict.recommended_option is None:
            continue
        options = {"a": conflict.option_a.value, "b": conflict.option_b.value}
        advised = options[conflict.recommended_option]
        own = watch.own_ids(person)
        if advised not in own and own & {value for value in options.values() if isinstance(value, int)}:
            watch.fail(
                "the recommendation is wrong",
                f"{person.name} is asked {options}, advised {advised}: {conflict.recommendation_reason}",
            )


def _check_collision(watch: Observations, person: Person, signup: Signup, conflict: Conflict) -> None:
    """No question whose id the linked contact has, when it had it while the sign-up had the same phone and emails.

    A corrected MN id is the same mentor's, and a retyped External ID is the same id. An id that was exchanged has been
    somebody else's too.
    """
    if not conflict.subject.startswith("unexplained:") or person.number in watch.exchanged_people:
        return
    contact = watch.system.contacts.get(conflict.context.get("contact", {}).get("contact_id") or 0)
    if contact is None or watch.person_of(plain_id(contact.external_id)) is not person:
        return
    is_answered = any(
        key[1] == conflict.conflict_type and watch.person_of_row(key[0]) is person for key in watch.system.decisions
    )
    typed = _find_typed(watch, (signup.submission_id, *signup.superseded_submission_ids))
    is_linked = watch.links.get(person.number) == (contact.contact_id, typed)
    if is_linked and watch.linked_ids.get(person.number) == plain_id(contact.external_id) and not is_answered:
        watch.fail("a person's own id is taken for another's", f"{conflict.subject} of {person.name}")


def _find_typed(watch: Observations, submissions: Collection[str]) -> frozenset[str]:
    """The submissions of a person, with the phones and emails in them."""
    keys = (key for submission_id in submissions for key in (submission_id, *watch.town.keys_of(submission_id)))
    return frozenset(keys) - {NOBODYS_EMAIL}


def check_link(watch: Observations, person: Person, mentor: Mentor, submissions: Collection[str]) -> None:
    contact_id = mentor.gb_contact_id
    if contact_id is not None and not watch.may_have(person, contact_id):
        owners = watch.names_of(watch.town.owners[contact_id])
        watch.fail("a mentor gets somebody else's contact", f"{person.name} gets contact {contact_id} of {owners}")
    typed = _find_typed(watch, submissions)
    before, typed_before = watch.links.get(person.number, (None, frozenset()))
    if (
        before in watch.system.contacts
        and typed & typed_before
        and contact_id is None
        and mentor.sync_state != "blocked"
        and not any(
            key[2] == f"held:{before}" and watch.person_of_row(key[0]) is person for key in watch.system.decisions
        )
    ):
        watch.fail("a link is cut without a question", f"{person.name} was linked to contact {before}")
    chosen, subject = watch.chosen.get(person.number, (None, ""))
    if (
        chosen in watch.system.contacts
        and subject in submissions
        and mentor.sync_state != "blocked"
        and contact_id != chosen
    ):
        watch.fail("a person's choice does not hold", f"{person.name}: contact {chosen} was chosen, not {contact_id}")
    if contact_id in watch.own_ids(person) and mentor.sync_state == "matched":
        watch.linked_ids[person.number] = plain_id(watch.system.contacts[contact_id].external_id)
        watch.links[person.number] = contact_id, typed


def check_page(watch: Observations, person: Person, mentor: Mentor, submissions: Collection[str]) -> None:
    listed = {member.member_id for member in watch.system.members}
    before, submission_id = watch.pages.get(person.number, (None, ""))
    if mentor.gb_member_id is not None:
        owner = watch.town.member_owners[mentor.gb_member_id]
        if owner != person.number:
            watch.fail("a mentor gets somebody else's page", f"{person.name}: page {mentor.gb_member_id}")
        watch.pages[person.number] = mentor.gb_member_id, mentor.submission_id or ""
    elif before in listed and submission_id in submissions and mentor.sync_state != "blocked":
        watch.fail("a page falls off its mentor", f"{person.name}: page {before}")


def check_attendance(watch: Observations, person: Person, mentor: Mentor, submissions: Collection[str]) -> None:
    """A check-in counts, whatever becomes of the sign-up; a blocked mentor keeps its row (rulebook section 5)."""
    if (
        mentor.sync_state != "blocked"
        and any(watch.attended[submission_id] > 0 for submission_id in submissions)
        and not mentor.attended_training
    ):
        watch.fail("a check-in is lost", f"{person.name} ({mentor.mn_id}) was checked in")


def check_records(watch: Observations, mentor: Mentor, submissions: Collection[str]) -> None:
    """What staff recorded about a sign-up is the mentor's, under the present MN id (rulebook section 14)."""
    for record in watch.system.records:
        if record.submission_id in submissions and record.mn_id != mentor.mn_id:
            watch.fail("a record of staff is lost", f"{record.kind} of {record.mn_id}, who is {mentor.mn_id} now")


def check_amount(watch: Observations, person: Person, mentor: Mentor, result: YearResult) -> None:
    """The amount is what the page has raised, unless a person was asked about it (rulebook sections 5 and 7)."""
    raised = {member.member_id: member.raised for member in watch.system.members}
    asked = [(conflict.mn_id, conflict.conflict_type) for conflict in result.conflicts]
    asked += [key[:2] for key in watch.system.decisions]
    if (
        mentor.sync_state != "blocked"
        and mentor.amount_raised != raised.get(mentor.gb_member_id or 0, 0)
        and not any(kind == "fundraising_mismatch" and watch.person_of_row(mn_id) is person for mn_id, kind in asked)
    ):
        watch.fail("an amount is not that of the page", f"{person.name} ({mentor.mn_id}): {mentor.amount_raised}")


def check_tick(watch: Observations, person: Person, mentor: Mentor) -> None:
    """A tick for attendance that a person made on the mentor's contact counts, also after an undone check-in."""
    contact = watch.system.contacts.get(mentor.gb_contact_id or 0)
    if contact is None or mentor.sync_state == "blocked" or contact.contact_id not in watch.ticked_contacts:
        return
    if watch.ticks_unseen.get(contact.contact_id) is watch.system.contacts:
        return  # no export was loaded since
    if contact.custom_fields.get(ATTENDED_LABEL) == "Yes" and not mentor.attended_training:
        watch.fail("a tick is taken back", f"contact {contact.contact_id} of {person.name} is ticked")
