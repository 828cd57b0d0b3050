"""Imports and exports that go wrong: twice, in part, late, in the middle of each other, by another clock."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from mentorsync_pipeline.import_file.rules.cells import ImportRow
from tests.seasons.season import Season, action, owner_of, pick

_HOUR = timedelta(hours=1)


def _cut(content: bytes, start: int, end: int) -> bytes:
    """Return some rows of an import file, with its header."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([lines[0], *lines[1:][start:end]])
    return buffer.getvalue().encode("utf-8-sig")


def _rows_in_order(season: Season) -> Sequence[ImportRow]:
    """Return the rows of the next file, in its order."""
    return sorted(season.system.import_rows(), key=lambda row: (row.mn_id or "", row.where))


@action("import the file twice", 2)
def _import_twice(season: Season, a: int, b: int, c: int) -> str | None:
    if not season.may_import():
        return None
    sentence = season.import_file()
    again = season.import_content(*season.files[-1])
    season.system.record_rejected(again)
    if again.created:
        season.watch.fail("a second import of a file creates contacts", str(again.created))
    return f"{sentence}, and once more: {again.rejected} rejected"


@action("import a part of the file", 2)
def _import_part(season: Season, a: int, b: int, c: int) -> str | None:
    rows = _rows_in_order(season) if season.may_import() else ()
    if len(rows) < 2:
        return None
    part = 1 + a % (len(rows) - 1)
    season.import_rows(rows[:part], _cut(season.make_file(rows), 0, part))
    return f"the import of a file of {len(rows)} rows ends after {part}"


@action("export during an import", 2)
def _export_during_import(season: Season, a: int, b: int, c: int) -> str | None:
    rows = _rows_in_order(season) if season.may_import() else ()
    if len(rows) < 2:
        return None
    part = 1 + a % (len(rows) - 1)
    content = season.make_file(rows)
    season.import_rows(rows[:part], _cut(content, 0, part))
    season.town.tick()
    feed = season.town.feed()
    season.import_rows(rows[part:], _cut(content, part, len(rows)))
    season.town.tick()
    season.sync(feed)
    return f"a sync of an export that was taken after {part} of {len(rows)} rows were imported"


@action("import an old file", 2)
def _import_late(season: Season, a: int, b: int, c: int) -> str | None:
    file = pick(season.files[:-1], a)
    if file is None:
        return None
    result = season.import_content(*file, is_late=True)
    season.system.record_rejected(result)
    return f"a file of an earlier day is imported: {len(result.updated)} updated, {result.rejected} rejected"


@action("upload an export of another clock", 2)
def _other_clock(season: Season, a: int, b: int, c: int) -> str | None:
    """Givebutter's file name is an hour ahead or behind."""
    if season.system.as_of is None:
        return None
    feed = season.town.feed()
    named_at = feed.taken_at + (_HOUR if a % 2 else -_HOUR)
    name = f"contacts-{named_at:%Y-%m-%d}-{int(named_at.timestamp())}.csv"
    season.system.take_forms(feed)
    taken = season.system.upload(feed, name)
    if taken:
        season.watch.damage = None
        season.watch.after_sync(season.system.calculate())
    clock = "ahead" if a % 2 else "behind"
    return f"an export is uploaded whose name is an hour {clock}: {'taken' if taken else 'refused'}"


@action("upload an export without one contact", 1)
def _without_one(season: Season, a: int, b: int, c: int) -> str | None:
    """The pages of the list have shifted while they were read."""
    contact = pick(season.town.living_contacts(), a)
    if contact is None:
        return None
    feed = season.town.feed()
    season.sync(replace(feed, contacts={key: row for key, row in feed.contacts.items() if key != contact.id}))
    return f"a sync in which contact {contact.id} ({owner_of(season, contact.id)}) is missing from the list"
