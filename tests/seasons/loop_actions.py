"""What MentorSync and its users do during a season: sync, import, answer, archive and restore."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.seasons.damages import DAMAGES
from tests.seasons.season import FIELD_CONFLICTS, Season, action, pick, question_text
from tests.support.answers import Choice
from tests.support.pure_year import AFTER_ARCHIVE, BEFORE_ARCHIVE, CLEARING, KilledError


@action("sync", 22)
def _sync(season: Season, a: int, b: int, c: int) -> str | None:
    feed = season.town.feed()
    season.old_feeds.append(feed)
    season.sync(feed)
    return "a sync"


@action("import the file", 14)
def _import(season: Season, a: int, b: int, c: int) -> str | None:
    return season.import_file() if season.may_import() else None


@action("sync of a short list", 2)
def _short_list(season: Season, a: int, b: int, c: int) -> str | None:
    listed = sorted(season.town.peek().submissions.keys() & season.town.signups.keys())
    if len(listed) < 2:
        return None
    feed = season.town.feed()
    kept = [key for place, key in enumerate(listed) if (place + a) % 2]
    people = ", ".join(season.town.people[season.town.owner_of_mentor(key)].name for key in listed if key not in kept)
    short = replace(
        feed,
        submissions={key: row for key, row in feed.submissions.items() if key in kept or key not in listed},
        members=feed.members if b % 2 else feed.members[:1],
    )
    season.sync(short)
    return f"a sync in which Jotform's list comes short (without {people})"


@action("killed sync", 1)
def _killed_sync(season: Season, a: int, b: int, c: int) -> str | None:
    season.watch.damage = None
    season.watch.hand_edits.look()
    try:
        season.system.sync(season.town.feed(), killed=True)
    except KilledError:
        return "a sync is killed after the lists were stored"
    return None


@action("upload an old export", 2)
def _old_export(season: Season, a: int, b: int, c: int) -> str | None:
    feed = pick(season.old_feeds[:-1], a)
    if feed is None:
        return None
    copied = ("copy of contacts.csv", f"contacts-{feed.taken_at:%Y-%m-%d}-{int(feed.taken_at.timestamp())} (1).csv")[
        b % 2
    ]
    before = season.system.contacts
    taken = season.system.upload(feed, copied)
    if taken:
        season.watch.damage = None
        season.watch.old_export_taken(feed, before)
        season.watch.after_sync(season.system.calculate())
    return f"an export of {feed.taken_at:%Y-%m-%d %H:%M} is uploaded as {copied}: {'taken' if taken else 'refused'}"


@action("upload a mangled export", 4)
def _mangled_export(season: Season, a: int, b: int, c: int) -> str | None:
    if season.system.as_of is None:
        return None
    damage = pick(DAMAGES, b)
    if damage is None or not season.town.living_contacts():
        return None
    feed, place = season.town.feed(), a
    name = f"contacts-{feed.taken_at:%Y-%m-%d}-{int(feed.taken_at.timestamp())}.csv"
    season.system.take_forms(feed)
    if not season.system.upload_mangled(feed, damage, place, name):
        return None
    season.watch.damage = damage, place
    season.watch.after_sync(season.system.calculate())
    return f"an export {damage.what} is uploaded"


# People who decide


@action("answer a question", 10)
def _answer_question(season: Season, a: int, b: int, c: int) -> str | None:
    stored = pick(season.system.open_conflicts(), a)
    if stored is None:
        return None
    conflict = stored.conflict
    choice: Choice
    if conflict.conflict_type in FIELD_CONFLICTS | {"fundraising_mismatch"}:
        choice, value = season.some_answer(conflict, b)
    else:
        choice, value = season.right_answer(stored)
    season.system.decide(stored, choice, value)
    season.watch.decided(stored)
    return f"{question_text(season, stored)} is answered: {choice}{'' if value is None else f' {value}'}"


@action("take an answer back", 1)
def _undo(season: Season, a: int, b: int, c: int) -> str | None:
    key = pick(sorted(season.system.decisions), a)
    if key is None:
        return None
    season.system.undo(key)
    season.watch.undone(key)
    return f"the answer to {key[1]} ({key[2]}) of {key[0]} is taken back"


@action("approve an archive", 3)
def _approve(season: Season, a: int, b: int, c: int) -> str | None:
    result = season.system.result
    rows = [row for row in result.plan if row.can_be_approved] if result else []
    row = pick(rows, a)
    person = season.watch.person_of_row(row.mn_id) if row else None
    if row is None or person is None or season.town.owners[row.contact_id] != frozenset((person.number,)):
        return None
    season.system.approve(row)
    season.watch.approval_changed(row.contact_id)
    return f"archiving contact {row.contact_id} is approved"


@action("apply the archive plan", 4)
def _apply(season: Season, a: int, b: int, c: int) -> str | None:
    return carry_out(season, None)


@action("killed apply", 1)
def _killed_apply(season: Season, a: int, b: int, c: int) -> str | None:
    points = (AFTER_ARCHIVE, BEFORE_ARCHIVE, CLEARING)
    return carry_out(season, (points[b % 3], 1 + a % 2))


def carry_out(season: Season, killed_at: tuple[str, int] | None) -> str | None:
    archived: list[int] = []

    def look(contact_id: int) -> dict[str, Any] | None:
        contact = season.town.contacts.get(contact_id)
        living = contact is not None and contact.archived_at is None
        return contact_json(contact, season.town.contacts.custom_fields) if contact and living else None

    def change(contact_id: int, **changes: Any) -> None:
        contact = season.town.contacts.get(contact_id)
        if contact is None:
            raise AssertionError(f"there is no contact {contact_id}")
        season.town.contacts.change(contact, **changes)

    def archive(contact_id: int) -> None:
        season.watch.before_archive(contact_id)
        archived.append(contact_id)
        change(contact_id, archived_at=season.town.now)

    try:
        season.system.apply(look, archive, lambda contact_id: change(contact_id, external_id=None), killed_at=killed_at)
    except KilledError:
        return f"an apply is killed {killed_at}, with {archived} archived"
    return f"the archive plan is applied: {archived}" if archived else None


@action("restore an archived duplicate", 3)
def _restore(season: Season, a: int, b: int, c: int) -> str | None:
    done = [key for key, entry in season.system.ledger.items() if entry.status == "archived"]
    contact_id = pick([contact_id for contact_id in done if contact_id not in season.watch.merged_away], a)
    contact = season.town.contacts.get(contact_id) if contact_id is not None else None
    if contact is None:
        return None
    season.system.restore(contact.id, lambda: season.town.contacts.change(contact, archived_at=None))
    season.watch.restored(contact.id)
    return f"contact {contact.id} is restored by the ledger"


@action("days go by", 2)
def _days(season: Season, a: int, b: int, c: int) -> str | None:
    season.town.now += timedelta(days=1 + a % 40)
    return f"{1 + a % 40} days go by"


@action("two quiet rounds", 3)
def _quiet(season: Season, a: int, b: int, c: int) -> str | None:
    season.quiet_round()
    blocked = season.blocked()
    season.quiet_round()
    if blocked - season.blocked():
        season.quiet_round()  # the first import has ended a question, so that the mentor's row has gone out only now
    before = season.system.result
    season.town.tick()
    feed = season.town.feed()
    season.sync(feed)
    if before is not None:
        season.watch.fixed_point(before)
    return "two quiet rounds and a sync"
