"""Record the truth of a world, after all ids are assigned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mentorsync_pipeline.sandbox.gb_model import Member
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker
from mentorsync_pipeline.sandbox.population.mentors import SignUp
from mentorsync_pipeline.sandbox.population.persons import Person
from mentorsync_pipeline.sandbox.population.scenario_table import BY_NAME
from mentorsync_pipeline.sandbox.population.world import ContactTruth, MentorTruth, Truth


@dataclass(frozen=True)
class SubmissionIds:
    """Submission ids: of the sign-ups by ``id()`` of the entry, of the other forms by person id."""

    signup: Mapping[int, str]
    setup: Mapping[str, str]
    training: Mapping[str, str]


def make_truth(
    persons: Sequence[Person],
    entries: Sequence[SignUp],
    maker: ContactMaker,
    members: Mapping[str, Member],
    submitted: SubmissionIds,
) -> Truth:
    """Build the truth; ``members`` is by person id."""
    own_contacts: dict[str, dict[int, str]] = defaultdict(dict)
    for item in maker.made:
        if item.is_mentor:
            own_contacts[item.person_id][item.contact.id] = item.part
    signups = {(entry.person.person_id, str(entry.kind)): submitted.signup[id(entry)] for entry in entries}

    def of_mentor(person: Person) -> MentorTruth:
        keeper = maker.keep.get(person.person_id)
        member = members.get(person.person_id)
        earlier = signups.get((person.person_id, "earlier"))
        return MentorTruth(
            person_id=person.person_id,
            mn_id=person.mn_id,
            superseded_mn_ids=tuple(person.superseded_mn_ids),
            submission_id=signups[person.person_id, "valid"],
            superseded_submission_ids=(earlier,) if earlier else (),
            scenario=person.scenario,
            must_block=BY_NAME[person.scenario].must_block,
            contact_id=keeper.id if keeper else None,
            own_contacts=own_contacts[person.person_id],
            dropped=person.scenario == "dropped",
            member_id=member.id if member else None,
            amount_raised=member.raised if member else None,
            setup_submission_id=submitted.setup.get(person.person_id),
            training_submission_id=submitted.training.get(person.person_id),
            attended_training=keeper is not None and keeper.custom.get(maker.config.attended_training_label) == "Yes",
            habit=person.habit,
        )

    mentors = tuple(of_mentor(person) for person in persons)
    by_mn_id: dict[str, tuple[MentorTruth, ...]] = {}
    for mentor in mentors:
        by_mn_id[mentor.mn_id] = (*by_mn_id.get(mentor.mn_id, ()), mentor)
    return Truth(
        mentors=mentors,
        contacts={
            item.contact.id: ContactTruth(item.contact.id, item.person_id, item.part, item.is_mentor)
            for item in maker.made
        },
        by_mn_id=by_mn_id,
        invalid_submission_ids=tuple(submitted.signup[id(entry)] for entry in entries if entry.kind == "invalid"),
        deleted_submission_ids=tuple(submitted.signup[id(entry)] for entry in entries if entry.kind == "deleted"),
        unsubscribed=frozenset(item.contact.id for item in maker.made if not item.contact.email_subscribed),
    )
