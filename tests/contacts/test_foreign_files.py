"""Exports that a spreadsheet changed, and files of other formats, are refused with the reason."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contacts.export_reading import read, refused
from tests.support.examples import examples
from tests.support.sources import HEADER, export_cells, write_export


@pytest.mark.parametrize("above", ["Contacts export,,,\r\n", ",,,\r\n", "\r\n", "sep=,\r\n", '"Table 1"\n\n'])
def test_lines_above_the_header_are_named(tmp_path, good, above):
    path = tmp_path / "titled.csv"
    path.write_bytes(above.encode() + good.read_bytes())
    error = refused(path)
    assert (error.code, "line 1: the names of the columns are not in the first line" in str(error)) == (
        "EXPORT_WRONG_FILE",
        True,
    )


@pytest.mark.parametrize("cells", [{}, {"Total Contributions": "61000.00"}, {"First Name": "Total"}])
def test_a_row_without_an_id_is_named(tmp_path, cells):
    path = write_export(tmp_path / "contacts.csv", [export_cells(1), export_cells(2), cells])
    assert "line 4: the row has no contact id" in str(refused(path))


@pytest.mark.parametrize("character_set", ["cp1252", "latin-1"])
@pytest.mark.parametrize("labels", [["🎓 UGA Class", "✅ Trained?", "Größe"], ["🎓 UGA Class"], ["✅ Trained?"]])
def test_a_header_that_was_decoded_wrongly_is_refused(tmp_path, character_set, labels):
    path = write_export(tmp_path / "contacts.csv", [export_cells(1)], [*HEADER, *labels])
    assert read(path) == 1
    path.write_bytes(path.read_bytes().decode(character_set, errors="replace").encode())
    assert refused(path).code == "EXPORT_ENCODING"


rewritten = st.sampled_from(
    [
        ("primary_phone", "1.40756E+13", "Primary Phone"),
        ("primary_phone", "17065550101.0", "Primary Phone"),
        ("primary_phone", "1,70656E+10", "Primary Phone"),
        ("primary_phone", " +1.70656e+010 ", "Primary Phone"),
        ("additional_phones", "+17065550101, 1.70656E+10", "Additional Phones"),
        ("additional_phones", "17065550101.0;+17065550102", "Additional Phones"),
        ("primary_phone", "17065550101,0", "Primary Phone"),
        ("primary_phone", "17,065,550,101", "Primary Phone"),
        ("additional_phones", "+17065550102, 17,065,550,101", "Additional Phones"),
        ("zip_code", "30601.0", "Postal Code"),
        ("zip_code", "2139.00", "Postal Code"),
        ("zip_code", "3.0601E+4", "Postal Code"),
        ("zip_code", "30601,0", "Postal Code"),
        ("zip_code", "30,601", "Postal Code"),
        ("external_id", "2.02501E+8", "Contact External ID"),
        ("date_of_birth", "38113", "Date of Birth"),
        ("date_of_birth", "5/6/2004", "Date of Birth"),
        ("contact_since", "45231.5", "Contact Since"),
        ("date_created", "45231,5", "Date Created (UTC)"),
        ("date_created", "20.11.2025 14:05", "Date Created (UTC)"),
        ("last_modified", "45231.5", "Last Modified (UTC)"),
        ("last_modified", "11/20/2025", "Last Modified (UTC)"),
        ("last_modified", "11/20/25 14:05", "Last Modified (UTC)"),
    ]
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(rewritten=rewritten, before=st.integers(0, 3), after=st.integers(0, 2))
def test_a_cell_changed_by_a_spreadsheet_is_refused_with_line_and_column(tmp_path, rewritten, before, after):
    target, cell, column = rewritten
    contacts = [export_cells(n) for n in range(1, before + 1)]
    contacts += [export_cells(50, **{target: cell}), *(export_cells(n) for n in range(90, 90 + after))]
    path = write_export(tmp_path / "contacts.csv", contacts)
    error = refused(path)
    assert error.code == "EXPORT_REWRITTEN"
    assert f"line {before + 2}: the cell of {column} has" in str(error)
    assert "do not open it in a spreadsheet" in error.what_to_do
    assert cell.strip() not in str(error)


@pytest.mark.parametrize("contact_id", ["1.23457E+8", "123456789.0", "1,23E+08"])
def test_an_id_changed_by_a_spreadsheet_is_refused(tmp_path, contact_id):
    contact = {**export_cells(1), "Givebutter Contact ID": contact_id}
    assert refused(write_export(tmp_path / "contacts.csv", [contact])).code == "EXPORT_REWRITTEN"


@pytest.mark.parametrize(
    "cells",
    [
        {"primary_phone": "(706) 555-0101 ext. 4"},
        {"primary_phone": "706.555.0101", "additional_phones": "+17065550102, 706.555.0103"},
        {"primary_phone": "7065550101E4"},
        {"zip_code": "30601-1234"},
        {"zip_code": "SW1A 1E5"},
        {"zip_code": "02139"},
        {"external_id": "MN0123", "contact_since": "11/20/2025", "date_of_birth": "2004-05-06"},
        {"external_id": "1e5", "notes": "1.40756E+13 and 5/6/2004 and 30601.0"},
        {"date_of_birth": "2004"},
    ],
)
def test_valid_cells_similar_to_spreadsheet_formats_are_loaded(tmp_path, cells):
    assert read(write_export(tmp_path / "contacts.csv", [export_cells(1, **cells)])) == 1


def foreign(name, header):
    """Files of other formats by name, each with the error code and a word of the message."""
    plain = f"{header}\n1,Ava\n".encode()
    return {
        "xlsx": (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "EXPORT_WRONG_FILE", "workbook"),
        "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "EXPORT_WRONG_FILE", "workbook"),
        "page": (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "EXPORT_WRONG_FILE", "web page"),
        "page with a mark": (b"\xef\xbb\xbf<html lang=en>", "EXPORT_WRONG_FILE", "web page"),
        "page without a head": (b"<p>Sign in</p>", "EXPORT_WRONG_FILE", "web page"),
        "xml of excel": (
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>',
            "EXPORT_WRONG_FILE",
            "workbook",
        ),
        "pdf": (b"%PDF-1.7\n%\xe2\xe3", "EXPORT_WRONG_FILE", "PDF"),
        "rtf": (b"{\\rtf1\\ansi Sign in}", "EXPORT_WRONG_FILE", "RTF"),
        "gzip": (b"\x1f\x8b\x08\x00" + bytes(20), "EXPORT_WRONG_FILE", "compressed"),
        "zip": (b"PK\x03\x04" + bytes(26) + b"contacts-2025-11-20-1.csv", "EXPORT_WRONG_FILE", "compressed"),
        "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", "EXPORT_WRONG_FILE", "compressed"),
        "zeros": (bytes(5_000), "EXPORT_WRONG_FILE", "no text"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(20), "EXPORT_WRONG_FILE", "no text"),
        "program": (b"\x7fELF\x02\x01\x01" + bytes(57), "EXPORT_WRONG_FILE", "no text"),
        "json": (b'[{"id": 1}]', "EXPORT_WRONG_FILE", "JSON"),
        "utf-16": (plain.decode().encode("utf-16"), "EXPORT_ENCODING", "UTF-16"),
        "utf-16 without a mark": (plain.decode().encode("utf-16-le"), "EXPORT_ENCODING", "UTF-16"),
        "utf-16 the other way": (plain.decode().encode("utf-16-be"), "EXPORT_ENCODING", "UTF-16"),
        "semicolons": (plain.replace(b",", b";"), "EXPORT_WRONG_FILE", "semicolons"),
        "quoted semicolons": (plain.replace(b",", b'";"').replace(b"\n", b'"\n"'), "EXPORT_WRONG_FILE", "semicolons"),
        "tabs": (plain.replace(b",", b"\t"), "EXPORT_WRONG_FILE", "tabs"),
        "sep=": (b"sep=;\n" + plain, "EXPORT_WRONG_FILE", "semicolons"),
        "CR": (plain.replace(b"\n", b"\r"), "EXPORT_LINE_ENDS", "CR alone"),
        "CR, then LF": (plain.replace(b"\n", b"\r") + b"\n2,Bo\n", "EXPORT_LINE_ENDS", "CR alone"),
        "blank": (b" \n\n", "EXPORT_EMPTY", "is empty"),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        *("xlsx", "xls", "page", "page with a mark", "pdf", "gzip", "json", "utf-16", "utf-16 without a mark"),
        *("utf-16 the other way", "semicolons", "quoted semicolons", "tabs", "sep=", "CR", "CR, then LF", "blank"),
    ],
)
def test_a_file_of_another_format_is_refused_with_its_format(tmp_path, name):
    content, code, word = foreign(name, ",".join(HEADER))
    path = tmp_path / "contacts-2025-10-31-1.csv"
    path.write_bytes(content)
    error = refused(path)
    assert (error.code, word in str(error)) == (code, True), str(error)
