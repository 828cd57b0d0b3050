"""An export with far more unusable, lost or mixed up cells than the last load is refused (rulebook section 2)."""

import pytest

from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from tests.contacts.loading import loads, upload
from tests.support.sources import export_cells, write_export


def test_many_more_unusable_cells_than_before_are_refused_unless_forced(engine, tmp_path):
    numbers = range(1, 101)
    good = [export_cells(n, primary_phone=f"+1706555{n:04d}", zip_code="30601") for n in numbers]
    upload(engine, write_export(tmp_path / "good.csv", good))
    wrong = [cells | {"Primary Phone": "706555"} if n < 13 else cells for n, cells in enumerate(good)]
    path = write_export(tmp_path / "wrong.csv", wrong)
    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*phones 13% \(before: 0%\).*--force-by NAME"):
        upload(engine, path)
    short = [{**cells, "Postal Code": "2139"} for cells in good]
    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*postal codes 100%"):
        upload(engine, write_export(tmp_path / "short.csv", short))
    blank = [{**cells, "Primary Phone": ""} for cells in good]
    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*phones 100% \(before: 0%\)"):
        upload(engine, write_export(tmp_path / "blank.csv", blank))
    assert len(loads(engine)) == 1
    assert upload(engine, path, forced_by="ana").rows == 100
    # An accepted list is the reference from then on.
    assert upload(engine, path).rows == 100


def _decode_wrongly(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    "damage",
    [
        _decode_wrongly,
        lambda name: name.encode("ascii", "replace").decode(),
        lambda name: name.encode("ascii", "ignore").decode(),
        lambda name: name.replace("ë", "\ufffd"),
    ],
)
def test_names_that_lost_their_letters_beyond_ascii_are_refused(engine, tmp_path, damage):
    names = ["Zoë", "Jos\u00eb", "Ann", "Eve"]
    good = [export_cells(n, first_name=names[n % 4], last_name=f"Quill {n}") for n in range(1, 41)]
    upload(engine, write_export(tmp_path / "good.csv", good))
    damaged = [{**cells, "First Name": damage(cells["First Name"])} for cells in good]
    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*names 100% \(before: 0%\)"):
        upload(engine, write_export(tmp_path / "damaged.csv", damaged))
    corrected = [{**cells, "First Name": "Zoe"} if n < 5 else cells for n, cells in enumerate(good)]
    assert upload(engine, write_export(tmp_path / "corrected.csv", corrected)).rows == 40


def _next_one(values: list[str]) -> list[str]:
    return [*values[1:], values[0]]


@pytest.mark.parametrize(
    ("column", "damage", "kind"),
    [
        ("First Name", _next_one, "changed names"),
        ("Last Name", sorted, "changed names"),
        ("Primary Email", sorted, "changed emails"),
        ("Primary Phone", _next_one, "changed phones"),
        ("Date Created (UTC)", _next_one, "changed times of creation"),
        ("Givebutter Contact ID", _next_one, "changed emails"),
        ("Total Contributions", lambda values: ["0.00"] * len(values), "lost donations"),
        ("Total Contributions", lambda values: [""] * len(values), "lost donations"),
        ("Tags", lambda values: [""] * len(values), "lost tags"),
    ],
)
def test_a_column_that_was_sorted_alone_or_emptied_is_refused(engine, tmp_path, column, damage, kind):
    good = [
        export_cells(
            number,
            first_name=f"Ann {100 - number}",
            last_name=f"Quill {100 - number}",
            primary_email=f"q{100 - number}@mail.example",
            primary_phone=f"+1706555{number:04d}",
            date_created=f"2024-01-02 03:{number:02d}:05",
            tags="Donor",
        )
        for number in range(1, 41)
    ]
    upload(engine, write_export(tmp_path / "good.csv", good))
    values = damage([cells[column] for cells in good])
    damaged = [{**cells, column: value} for cells, value in zip(good, values, strict=True)]
    with pytest.raises(ExportError, match=rf"CELLS_UNUSABLE.*{kind} 100% \(before: 0%\)"):
        upload(engine, write_export(tmp_path / "damaged.csv", damaged))
    few = [*damaged[:1], *good[1:]] if column != "Givebutter Contact ID" else good
    assert upload(engine, write_export(tmp_path / "few.csv", few)).rows == 40


def test_names_and_tags_that_staff_or_an_import_change_are_loaded(engine, tmp_path):
    good = [export_cells(n, first_name=f"Ann {n}", last_name="Quill", tags="Donor") for n in range(1, 61)]
    upload(engine, write_export(tmp_path / "good.csv", good))

    def changed(share: int) -> list[dict[str, str]]:
        return [{**cells, "First Name": "Zoe", "Tags": ""} if n % 4 < share else cells for n, cells in enumerate(good)]

    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*changed names 50%"):
        upload(engine, write_export(tmp_path / "half.csv", changed(2)))
    assert upload(engine, write_export(tmp_path / "quarter.csv", changed(1))).rows == 60


def test_subscriptions_whose_cells_are_blank_are_refused(engine, tmp_path):
    good = [export_cells(n) for n in range(1, 41)]
    upload(engine, write_export(tmp_path / "good.csv", good))
    cleared = [{**cells, "Engage Email Subscribed": ""} for cells in good]
    with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*subscriptions 100%"):
        upload(engine, write_export(tmp_path / "cleared.csv", cleared))
    unsubscribed = [{**cells, "Engage Email Subscribed": "No"} for cells in good]
    assert upload(engine, write_export(tmp_path / "unsubscribed.csv", unsubscribed)).rows == 40
    # An export in which blank means no.
    assert upload(engine, write_export(tmp_path / "blank.csv", cleared)).rows == 40


def test_signs_of_a_program_for_blank_cells_are_refused(engine, tmp_path):
    columns = ("Contact External ID", "Suffix", "Middle Name")
    good = [export_cells(n, external_id=f"MN{n:04d}" if n % 4 else "") for n in range(1, 41)]

    def refuse(sign: str) -> None:
        written = [{**cells, **{name: cells.get(name) or sign for name in columns}} for cells in good]
        with pytest.raises(ExportError, match=r"CELLS_UNUSABLE.*blank cells 100% \(before: 0%\)"):
            upload(engine, write_export(tmp_path / "written.csv", written))

    refuse("NA")
    upload(engine, write_export(tmp_path / "good.csv", good))
    for sign in ("nan", "null", "(NULL)", r"\N"):
        refuse(sign)
    few = [{**good[0], **dict.fromkeys(columns, "None")}, *good[1:]]
    assert upload(engine, write_export(tmp_path / "few.csv", few)).rows == 40


def test_external_ids_and_tags_in_the_notation_of_a_program_are_refused(engine, tmp_path):
    good = [export_cells(n, external_id=f"MN{n:04d}", tags="Donor") for n in range(1, 41)]
    upload(engine, write_export(tmp_path / "good.csv", good))
    for column, written, kind in (
        ("Contact External ID", '="{}"', "External IDs"),
        ("Contact External ID", "'{}", "External IDs"),
        ("Tags", '["{}"]', "tags"),
        ("Tags", "['{}', 'Parent']", "tags"),
    ):
        damaged = [{**cells, column: written.format(cells[column])} for cells in good]
        with pytest.raises(ExportError, match=rf"CELLS_UNUSABLE.*{kind} 100% \(before: 0%\)"):
            upload(engine, write_export(tmp_path / "damaged.csv", damaged))
