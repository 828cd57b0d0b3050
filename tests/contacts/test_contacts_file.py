"""An export is read in whole records, whatever the size of a block, or refused with the line and the reason."""

import csv
import io
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.contacts.load.export_file import Block, ExportFile, refuse_inner_quotes
from mentorsync_pipeline.contacts.load.export_rows import BlockConverter
from mentorsync_pipeline.contacts.rules.contact_rows import RewrittenError
from mentorsync_pipeline.contacts.rules.export_columns import ExportError, read_header
from mentorsync_pipeline.contacts.rules.values import identifier
from mentorsync_pipeline.domain.clean_text import has_unusual_characters
from mentorsync_pipeline.domain.record_fields import FieldError
from tests.contacts.export_reading import read, refused
from tests.support.copy_text import parse_record, read_copy_text
from tests.support.examples import examples
from tests.support.sources import HEADER, export_cells, write_export


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(30))
@given(
    notes=st.lists(st.text(alphabet='a",\n\r é', max_size=8), min_size=1, max_size=8),
    block=st.integers(1, 900),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_blocks_hold_whole_records_whatever_their_size(tmp_path, notes, block, end, quoting):
    # Before Python 3.13, the writer quotes a carriage return only if it is a part of the line end.
    assume(quoting == csv.QUOTE_ALL or end == "\r\n" or "\r" not in "".join(notes))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=quoting, lineterminator=end)
    rows = [export_cells(number, notes=note) for number, note in enumerate(notes, 1)]
    writer.writerow(HEADER)
    writer.writerows([row.get(name, "") for name in HEADER] for row in rows)
    path = tmp_path / "contacts.csv"
    path.write_bytes(stream.getvalue().encode())
    whole = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    file = ExportFile(path, block_bytes=block)
    blocks = list(file.blocks())
    read_back = [row for block in blocks for row in csv.reader(io.StringIO(block.data.decode(), newline=""))]
    assert read_back == whole
    data, before = path.read_bytes(), len(path.read_bytes()) - sum(len(block.data) for block in blocks)
    for part in blocks:
        assert part.first_line == 1 + data.count(b"\n", 0, before)
        assert part.last == (part is blocks[-1])
        before += len(part.data)
    assert read(path, block) == len(rows)


def test_the_hash_is_that_of_the_whole_file(good):
    import hashlib  # noqa: PLC0415

    file = ExportFile(good, block_bytes=100)
    list(file.blocks())
    assert file.sha256 == hashlib.sha256(good.read_bytes()).hexdigest()


@pytest.mark.parametrize("marks", [1, 2, 3])
def test_byte_order_marks_are_removed_from_the_header(good, marks):
    good.write_bytes(marks * b"\xef\xbb\xbf" + good.read_bytes())
    assert read(good) == 29


def test_a_missing_last_line_end_is_accepted(good):
    good.write_bytes(good.read_bytes().rstrip(b"\n"))
    assert read(good) == 29


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(30))
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_truncated_file_is_refused_or_ends_with_a_whole_record(good, share):
    data = good.read_bytes()
    cut = good.with_name("cut.csv")
    cut.write_bytes(data[: int(len(data) * share)])
    try:
        rows = read(cut, 700)
    except ExportError as error:
        assert error.code in {"EXPORT_TRUNCATED", "EXPORT_EMPTY", "EXPORT_WRONG_FILE", "EXPORT_COLUMNS_MISSING"}  # noqa: PT017
    else:
        left = data[: int(len(data) * share)]
        whole = data.decode().split('"\n"')
        assert rows == len(left.decode().split('"\n"')) - 1
        assert whole[rows].startswith(left.decode().split('"\n"')[-1].rstrip('"\n'))
        assert left.rstrip(b"\n").endswith(b'"')


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda _: b"", "EXPORT_EMPTY", "is empty"),
        (lambda _: b"\xef\xbb\xbf\n", "EXPORT_EMPTY", "is empty"),
        (lambda data: data[:-20], "EXPORT_TRUNCATED", "incomplete"),
        (lambda data: data + b'"31","",\n', "EXPORT_TRUNCATED", "line 60"),
        (lambda data: data + b'"31","', "EXPORT_TRUNCATED", "inside a quoted cell"),
        (lambda data: data.replace(b'"5"', b'"5","x"', 1), "EXPORT_RECORD", "line 10"),
        (lambda data: data.replace(b"two", b"tw\xff", 1), "EXPORT_ENCODING", "line 3"),
        (lambda data: data.decode().encode("utf-16"), "EXPORT_ENCODING", "UTF-16"),
        (lambda data: data.replace(b'"5"', b'"five"', 1), "EXPORT_CELL_INVALID", "line 10"),
        (lambda data: data.replace(b'"5"', b'"0"', 1), "EXPORT_CELL_INVALID", "line 10"),
        (lambda data: data.replace(b'"Tags"', b'"Labels"', 1), "EXPORT_COLUMNS_MISSING", "Tags"),
    ],
)
def test_an_invalid_file_is_refused_with_line_and_reason(good, change, code, message):
    good.write_bytes(change(good.read_bytes()))
    error = refused(good)
    assert error.code == code
    assert message in str(error)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"Yes"', b'"Si"', "Engage Email Subscribed"),
        (b"2025-06-07", b"2025-02-30", "Last Modified (UTC)"),
        (b"2025-06-07", b"0000-00-00", "Last Modified (UTC)"),
        (b'"10.00"', b'"ten"', "Total Contributions"),
        (b'"10.00"', b'"1.234,56"', "Total Contributions"),
        (b'"10.00"', b'"-10.00"', "Total Contributions"),
    ],
)
def test_an_invalid_cell_is_an_error_of_its_contact_only(good, old, new, field):
    good.write_bytes(good.read_bytes().replace(old, new, 1))
    file = ExportFile(good)
    (block,) = file.blocks()
    converted = BlockConverter(file)(block)
    assert converted.rows == 28
    assert [(record.record_id, record.field) for record in converted.unreadable] == [("1", field)]


def test_an_unclosed_quote_does_not_fill_the_memory(good, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.contacts.load.export_file.RECORD_LIMIT", 2000)
    data = good.read_bytes().replace(b"\n", b" ").replace(b'"Last Modified (UTC)" ', b'"Last Modified (UTC)"\n', 1)
    good.write_bytes(data.replace(b'"29"', b'29"', 1))
    assert refused(good, 500).code == "EXPORT_TRUNCATED"


def test_a_file_that_is_missing_or_disappears_is_refused_with_its_name(tmp_path, good):
    with pytest.raises(ExportError, match=r"EXPORT_UNREADABLE: nothing\.csv"):
        ExportFile(tmp_path / "nothing.csv")
    file = ExportFile(good)
    good.unlink()
    with pytest.raises(ExportError, match=rf"EXPORT_UNREADABLE: {good.name}"):
        list(file.blocks())


cells = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "A@mail.example",
            "a@mail.example",
            "b@x.test",
            "a.b+c@gmail.com",
            "none@none.com",
            "b@mail.example, c@mail.example",
            "junk, JUNK",
            "+17065550101",
            "(706) 555-0102",
            "+17065550101, +17065550103",
            "+15005550100",
            "Yes",
            "no",
            "1",
            "2025-01-31 10:00:00",
            "2025-02-28T01:02:03Z",
            "2004-05-06",
            "5/6/2004",
            "12",
            "12.5",
            "$1,000.00",
            "0.00",
            "x\ny",
            "x\r\ny",
            " x\t",
            'say "hi"',
            "back\\slash",
            "{a}",
            "NULL",
            "é",
            "mía@mail.example",
            "MÍA.Ño@mail.example, großß@mail.example",
            "\u2028",
            "\x0b",
            "\x85x",
            "a\u0301",
            "a\u200bb",
            "\u202eabc",
            "x\xady",
            "two  spaces",
            " x",
            "hard\u00a0space",
            "ä  ö",
            "❤\ufe0f\u200d🔥",
            "نمی\u200cخواهم",
            "line\u2028end",
            "x\x00y",
            "\x1b[31m",
            "x\x84",
            "\ufeffMN0001",
            "=1+1",
        ]
    ),
    st.text(alphabet=string.printable + "é\u00a0😀\u0301\u200b\u200d\u0085\u0099", max_size=6),
)
names = (*HEADER, "Instagram", "Shirt", "Shirt", '✅ "Trained"\\', "Title")
SAFE = {
    "Givebutter Contact ID": st.integers(1, 10**17).map(str),
    "Total Contributions": st.sampled_from(["", "1", "1.00", "$2,000.5", "250.00", "-3.10"]),
    "Recurring Contributions": st.sampled_from(["", "0.00", "9.9"]),
    **dict.fromkeys([name for name in HEADER if "Subscribed" in name], st.sampled_from(["Yes", "no", "", "TRUE", "0"])),
    **dict.fromkeys(
        ["Date Created (UTC)", "Last Modified (UTC)"],
        st.sampled_from(
            ["", "2024-02-29 23:59:59", "2025-01-31 00:00:00", "2025-10-01T01:02:03+02:00", "0999-01-01 00:00:00"]
        ),
    ),
}
rows = st.fixed_dictionaries({name: SAFE.get(name, cells) for name in names if name != "Shirt"})


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(st.lists(rows, min_size=1, max_size=3), st.lists(cells, min_size=6, max_size=6))
def test_a_block_has_the_rows_that_the_rules_give_cell_by_cell(tmp_path, contacts, shirts):
    path = tmp_path / "contacts.csv"
    supply = iter(shirts)
    records = [[row[name] if name != "Shirt" else next(supply) for name in names] for row in contacts]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *records])
    assert_rows_by_the_rules(path, records)


def is_id(cell):
    try:
        return bool(identifier(cell))
    except ValueError:
        return False


def assert_rows_by_the_rules(path, records):
    """Convert the file; compare rows and faults with those of its records cell by cell."""
    file = ExportFile(path)
    rows, unreadable, unusual = [], [], []
    rewritten = False
    for cells in records:
        try:
            rows.append(parse_record(file.header, cells))
        except RewrittenError:
            rewritten = True
        except FieldError:
            unreadable.append(cells[0])
        else:
            fields = [
                column.payload_key for column in file.header.columns if has_unusual_characters(cells[column.place])
            ]
            unusual += [(rows[-1]["contact_id"], tuple(fields))] if fields else []
    blocks = [*file.blocks()]
    if rewritten or not all(map(is_id, unreadable)):
        with pytest.raises(ExportError):
            [BlockConverter(file)(block) for block in blocks]
        return
    converted = [BlockConverter(file)(block) for block in blocks]
    assert [row for part in converted for row in read_copy_text(part)] == rows
    assert [record.record_id for part in converted for record in part.unreadable] == [
        str(int(cell)) for cell in unreadable
    ]
    assert [contact for part in converted for contact in part.unusual] == unusual


nearly_moments = st.builds(
    lambda moment, place, char: moment[:place] + char + moment[place + 1 :],
    st.sampled_from(["2024-02-29 23:59:59", "2025-01-31 00:00:00", "9999-12-31 10:00:00"]),
    st.integers(0, 18),
    st.sampled_from("0123456789-: TZ+."),
)
nearly_ids = st.text("0123456789-+ ٣", min_size=8, max_size=8) | st.integers(1, 10**20).map(str)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(moments=st.lists(nearly_moments, min_size=1, max_size=2), ids=st.lists(nearly_ids, min_size=1, max_size=2))
def test_an_unusual_cell_in_a_uniform_column_is_converted_correctly(tmp_path, moments, ids):
    by_moment = [export_cells(1, last_modified=moment) for moment in moments]
    by_id = [{**export_cells(1), "Givebutter Contact ID": contact_id} for contact_id in ids]
    for contacts in (by_moment, by_id):
        path = write_export(tmp_path / "contacts.csv", contacts)
        assert_rows_by_the_rules(path, [[cells.get(name, "") for name in HEADER] for cells in contacts])


@pytest.mark.parametrize("more", [{}, {"Total Contributions": "12,345.00"}, {"Tags": "30", "Notes": "Total"}])
def test_a_total_below_the_contacts_with_a_number_for_an_id_is_an_error_and_no_contact(tmp_path, more):
    contacts = [export_cells(1), export_cells(2), {"Givebutter Contact ID": "1484", **more}]
    file = ExportFile(write_export(tmp_path / "contacts.csv", contacts))
    (block,) = file.blocks()
    converted = BlockConverter(file)(block)
    (unreadable,) = converted.unreadable
    assert (converted.rows, unreadable.record_id, unreadable.field) == (2, "1484", "Date Created (UTC)")


@pytest.mark.parametrize(
    ("target", "cell", "column"),
    [
        ("external_id", "".join(map(str, range(1_000))), "Contact External ID"),  # too long for an index
        ("first_name", "x" * 5_001, "First Name"),
        ("date_of_birth", "y" * 5_001, "Date of Birth"),
        ("notes", "z" * 65_536, "Notes"),
    ],
)
def test_a_text_above_the_limit_is_an_error_of_its_contact(tmp_path, target, cell, column):
    contacts = [export_cells(1), export_cells(2, **{target: cell}), export_cells(3)]
    file = ExportFile(write_export(tmp_path / "contacts.csv", contacts))
    (block,) = file.blocks()
    converted = BlockConverter(file)(block)
    (unreadable,) = converted.unreadable
    assert (converted.rows, unreadable.record_id, unreadable.field) == (2, "2", column)
    assert "is longer than" in unreadable.reason


def test_long_lists_and_notes_are_accepted(tmp_path):
    emails = ", ".join(f"zz-{number}@mail.example" for number in range(1_000))
    contacts = [export_cells(1, additional_emails=emails, notes="z" * 60_000)]
    file = ExportFile(write_export(tmp_path / "contacts.csv", contacts))
    (block,) = file.blocks()
    converted = BlockConverter(file)(block)
    assert (converted.rows, converted.unreadable) == (1, ())


@pytest.mark.parametrize(
    "wrong", ['"Ann "Annie" Quill"', '"12" pipe"', '"a"b"c"', 'a "b" c', '"Annie" Quill', '"x" ', '5"', ' "x"']
)
def test_an_unescaped_quote_is_refused_with_its_line(good, wrong):
    data = good.read_bytes().replace(b'"Quill"', wrong.encode(), 3).replace(wrong.encode(), b'"Quill"', 2)
    good.write_bytes(data)
    for block_bytes in (1 << 20, 700):
        error = refused(good, block_bytes)
        assert error.code in {"EXPORT_QUOTES", "EXPORT_TRUNCATED"}
    if wrong.count('"') % 2 == 0:
        assert error.code == "EXPORT_QUOTES"
        assert "line 6" in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(
    parts=st.lists(
        st.sampled_from(['"', '"a"', '"",', '"b,\n"\r\n', "\n", "," * 20, "é" * 9, '"' + "c" * 61 + '",']), max_size=20
    )
)
def test_the_first_quote_without_a_separator_beside_it_is_refused(good, parts):
    text = "".join(parts)
    text += '"' * (text.count('"') % 2)
    inside, wrong = False, None
    for place, character in enumerate(text):
        inside ^= character == '"'
        neighbour = text[max(place - 1, 0) : place] if inside else text[place + 1 : place + 2]
        if character == '"' and neighbour not in {"", ",", "\n", "\r", '"'}:
            wrong = place
            break
    file, block = ExportFile(good), Block(text.encode(), 1)
    if wrong is None:
        refuse_inner_quotes(file, block)
    else:
        with pytest.raises(ExportError, match=f"line {1 + text[:wrong].count(chr(10))}:"):
            refuse_inner_quotes(file, block)


def test_escaped_quotes_and_quoted_line_ends_are_accepted(tmp_path):
    notes = ['""', '"', 'say "hi"', '"\n"', '","', 'x"\n', "\r", '"",""']
    path = write_export(tmp_path / "contacts.csv", [export_cells(n, notes=note) for n, note in enumerate(notes, 1)])
    assert read(path) == len(notes)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (",".join(["Shirt"] * 30_000) + "\n", "EXPORT_HEADER"),
        (",".join(f"Field {n}" for n in range(10_000)) + "\n", "EXPORT_HEADER"),
        (",".join([*HEADER, *["Shirt"] * 3_000]) + "\n1\n", "EXPORT_HEADER"),
        ("Givebutter Contact ID," + "x" * 5_000_000, "EXPORT_HEADER"),
        ('"' + "\n" * 5_000_000, "EXPORT_HEADER"),
        ('"' + "a\n" * 100_000, "EXPORT_TRUNCATED"),
        (",".join(HEADER) + '\n1,"' + "\n" * 20_000_000, "EXPORT_TRUNCATED"),
        (",".join(HEADER) + '\n1,"' + "y" * 20_000_000 + '"\n', "EXPORT_TRUNCATED"),
        (",".join(HEADER) + "\n1," + "y" * 20_000_000 + "\n", "EXPORT_RECORD"),
    ],
)
def test_an_endless_header_or_cell_is_refused_early(tmp_path, content, code, monkeypatch):
    path = tmp_path / "contacts.csv"
    path.write_text(content)
    read_bytes = 0
    opened = Path.open

    class Counted:
        def __init__(self, *args, **options):
            self.stream = opened(*args, **options)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def read(self, size=-1):
            nonlocal read_bytes
            some = self.stream.read(size)
            read_bytes += len(some)
            return some

    def counted(path, mode):
        return Counted(path, mode)

    monkeypatch.setattr(Path, "open", counted)
    assert refused(path).code == code
    assert read_bytes < 8_000_000


def test_many_repeated_column_names_are_numbered_in_linear_time():
    names = [*HEADER, *["Shirt"] * 900, *["Shirt (2)"] * 900]
    keys = [column.payload_key for column in read_header(names, file_name="x.csv").columns]
    assert len(set(keys)) == len(names)
    assert keys[len(HEADER) : len(HEADER) + 3] == ["Shirt", "Shirt (2)", "Shirt (3)"]


def test_the_export_of_the_sandbox_has_the_rows_that_the_rules_give(export):
    with export.open(newline="", encoding="utf-8-sig") as stream:
        _, *records = csv.reader(stream)
    assert_rows_by_the_rules(export, records)
