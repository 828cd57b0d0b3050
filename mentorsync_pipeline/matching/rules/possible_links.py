"""Find contacts of absent sign-ups that may be those of people who signed up again (rulebook sections 3 and 7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mentorsync_pipeline.domain.emails import is_uga_email
from mentorsync_pipeline.domain.known_mentors import Link
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import person_name


def find_possible_links(signups: Sequence[Signup], links: Mapping[str, Link]) -> dict[str, int]:
    """Find the contact to which each sign-up without a link may be linked, by submission id.

    A sign-up that is absent, shares a phone or email and does not differ in its name may be the same person's, although
    that is not certain (`find_deleted_signups`): the name is spelled another way, for example. Its contact may share no
    key any more. The link is not taken over, but must not end without a question either. Of several, the newest counts.

    Args:
        links: linked contacts by submission id, also of absent sign-ups.

    """
    present_ids = {signup.submission_id for signup in signups}
    linked_ids = {links[key].contact_id for key in present_ids & links.keys()}
    absent_by_key: dict[str, list[tuple[str, Link]]] = defaultdict(list)
    for submission_id, link in links.items():
        if submission_id not in present_ids and link.contact_id not in linked_ids:
            for key in link.keys:
                absent_by_key[key].append((submission_id, link))
    possible = {}
    for signup in signups if absent_by_key else ():
        if signup.submission_id not in links:
            near = {
                submission_id: link.contact_id
                for key in (*signup.phone_keys, *signup.email_keys)
                for submission_id, link in absent_by_key.get(key, ())
                if _may_be_same_person(signup, link)
            }
            if near:
                possible[signup.submission_id] = near[max(near, key=lambda key: (len(key), key))]
    return possible


def _may_be_same_person(signup: Signup, link: Link) -> bool:
    emails, own_emails = {key for key in link.keys if "@" in key}, set(signup.email_keys)
    students = [set(filter(is_uga_email, keys)) for keys in (emails, own_emails)]
    if all(students) and students[0].isdisjoint(students[1]):
        return False
    first, last, preferred = link.names or (None, None, None)
    share_email = not emails.isdisjoint(own_emails)
    names = compare_names(
        person_name(signup),
        PersonName(first=first, last=last, preferred=preferred),
        alike_matches=share_email,
        share_email=share_email,
    )
    return names != "differ"
