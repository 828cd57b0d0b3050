"""An export is read in whole records, whatever the size of a block, or refused with the line and the reason."""

import csv
import io
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.contacts.load.arrow_rows import VectorConverter
from mentorsync_pipeline.contacts.load.copy_rows import convert
from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from tests.support.sources import HEADER, export_cells, write_export


def read(path, block_bytes=1 << 20):
    """All that a load reads of a file: the number of its rows."""
    file = ExportFile(path, block_bytes=block_bytes)
    converter = VectorConverter(file)
    return sum(converter(block).rows for block in file.blocks())


def refused(path, block_bytes=1 << 20):
    with pytest.raises(ExportError) as raised:
        read(path, block_bytes)
    assert "Quill" not in str(raised.value)
    return raised.value


@pytest.fixture
def good(tmp_path):
    contacts = [export_cells(number, notes=f'line one\nline "two" {number}') for number in range(1, 30)]
    return write_export(tmp_path / "contacts-2025-10-31-1.csv", contacts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    notes=st.lists(st.text(alphabet='a",\n\r é', max_size=8), min_size=1, max_size=8),
    block=st.integers(1, 900),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_blocks_hold_whole_records_whatever_their_size(tmp_path, notes, block, end, quoting):
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
    read_back = [row for one in blocks for row in csv.reader(io.StringIO(one.data.decode(), newline=""))]
    assert read_back == whole
    data, before = path.read_bytes(), len(path.read_bytes()) - sum(len(one.data) for one in blocks)
    for one in blocks:
        assert one.first_line == 1 + data.count(b"\n", 0, before)
        assert one.last == (one is blocks[-1])
        before += len(one.data)
    assert read(path, block) == len(rows)


def test_the_hash_is_that_of_the_whole_file(good):
    import hashlib  # noqa: PLC0415

    file = ExportFile(good, block_bytes=100)
    list(file.blocks())
    assert file.sha256 == hashlib.sha256(good.read_bytes()).hexdigest()


def test_a_byte_order_mark_is_no_part_of_the_header(good):
    good.write_bytes(b"\xef\xbb\xbf" + good.read_bytes())
    assert read(good) == 29


def test_a_missing_last_line_end_is_no_harm(good):
    good.write_bytes(good.read_bytes().rstrip(b"\n"))
    assert read(good) == 29


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_file_cut_off_anywhere_is_refused_or_ends_with_a_whole_record(good, share):
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
    ("change", "code", "said"),
    [
        (lambda _: b"", "EXPORT_EMPTY", "is empty"),
        (lambda _: b"\xef\xbb\xbf\n", "EXPORT_EMPTY", "is empty"),
        (lambda data: data[:-20], "EXPORT_TRUNCATED", "not complete"),
        (lambda data: data + b'"31","",\n', "EXPORT_TRUNCATED", "line 60"),
        (lambda data: data + b'"31","', "EXPORT_TRUNCATED", "inside a quoted cell"),
        (lambda data: data.replace(b'"5"', b'"5","x"', 1), "EXPORT_RECORD", "line 10"),
        (lambda data: data.replace(b"two", b"tw\xff", 1), "EXPORT_ENCODING", "line 3"),
        (lambda data: data.replace(b"two", b"tw\0", 1), "EXPORT_ENCODING", "line 3"),
        (lambda data: data.decode().encode("utf-16"), "EXPORT_ENCODING", "UTF-16"),
        (lambda data: data.replace(b'"5"', b'"five"', 1), "EXPORT_CELL_INVALID", "line 10"),
        (lambda data: data.replace(b'"Yes"', b'"Si"', 1), "EXPORT_CELL_INVALID", "Engage Email Subscribed"),
        (lambda data: data.replace(b"2025-06-07", b"2025-02-30", 1), "EXPORT_CELL_INVALID", "Last Modified (UTC)"),
        (lambda data: data.replace(b'"10.00"', b'"ten"', 1), "EXPORT_CELL_INVALID", "Total Contributions"),
        (lambda data: data.replace(b'"Tags"', b'"Labels"', 1), "EXPORT_COLUMNS_MISSING", "Tags"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_its_line_and_reason(good, change, code, said):
    good.write_bytes(change(good.read_bytes()))
    error = refused(good)
    assert error.code == code
    assert said in str(error)


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(good, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.contacts.load.export_file.RECORD_LIMIT", 2000)
    data = good.read_bytes().replace(b"\n", b" ").replace(b'"Last Modified (UTC)" ', b'"Last Modified (UTC)"\n', 1)
    good.write_bytes(data.replace(b'"29"', b'29"', 1))
    assert refused(good, 500).code == "EXPORT_TRUNCATED"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ExportError, match="EXPORT_UNREADABLE"):
        ExportFile(tmp_path / "nothing.csv")


cells = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "A@mail.example",
            "a@mail.example",
            "b@x.test",
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
            "=1+1",
        ]
    ),
    st.text(alphabet=string.printable + "é\u00a0😀", max_size=6),
)
names = (*HEADER, "Instagram", "Shirt", "Shirt", '✅ "Trained"\\', "Title")
usual = dict.fromkeys(names, "") | export_cells(1)
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(rows, min_size=1, max_size=5), st.lists(cells, min_size=10, max_size=10))
def test_whole_columns_leave_the_text_that_single_rows_leave(tmp_path, contacts, shirts):
    path = tmp_path / "contacts.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(names)
        supply = iter(shirts)
        writer.writerows([row[name] if name != "Shirt" else next(supply) for name in names] for row in contacts)
    file = ExportFile(path)
    for block in file.blocks():
        by_column, by_row = VectorConverter(file)(block), convert(file, block)
        assert bytes(by_column.text).decode() == by_row.text.decode()
        assert by_column.without_text() == by_row.without_text()


def text_or_error(convert_block, block):
    try:
        return bytes(convert_block(block).text).decode()
    except ExportError as error:
        return str(error)


nearly_moments = st.builds(
    lambda moment, place, char: moment[:place] + char + moment[place + 1 :],
    st.sampled_from(["2024-02-29 23:59:59", "2025-01-31 00:00:00", "9999-12-31 10:00:00"]),
    st.integers(0, 18),
    st.sampled_from("0123456789-: TZ+."),
)
nearly_ids = st.text("0123456789-+ ٣", min_size=8, max_size=8) | st.integers(1, 10**20).map(str)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moments=st.lists(nearly_moments, min_size=1, max_size=2), ids=st.lists(nearly_ids, min_size=1, max_size=2))
def test_columns_of_like_cells_hide_no_odd_one(tmp_path, moments, ids):
    by_moment = [export_cells(1, last_modified=moment) for moment in moments]
    by_id = [{**export_cells(1), "Givebutter Contact ID": contact_id} for contact_id in ids]
    for contacts in (by_moment, by_id):
        file = ExportFile(write_export(tmp_path / "contacts.csv", contacts))
        for block in file.blocks():
            by_column = text_or_error(VectorConverter(file), block)
            assert by_column == text_or_error(lambda block, file=file: convert(file, block), block)


def test_the_sandboxs_export_needs_no_second_look(export):
    file = ExportFile(export)
    converter = VectorConverter(file)
    for block in file.blocks():
        assert bytes(converter._convert(block.data).text) == convert(file, block).text
