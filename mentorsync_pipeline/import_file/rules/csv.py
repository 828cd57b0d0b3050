"""Write and parse the import file (rulebook section 9; reference/givebutter.md, "Contacts IMPORT").

The file is UTF-8 with a byte order mark, with every cell quoted. Columns: Givebutter's template in its order, then the
message columns, then the pushed custom fields by label.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.import_columns import EXTERNAL_ID, IMPORT_COLUMNS
from mentorsync_pipeline.import_file.rules.import_rows import ImportRow
from mentorsync_pipeline.mentors.rules.fields import get_pushed_labels

# Repeated columns that an error names.
_SHOWN = 10


class ImportFileError(ValueError):
    """The file is not an import file. The text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """Rows of a file, and its columns that are in neither the template nor the year's configuration."""

    rows: tuple[ImportRow, ...]
    unknown_columns: tuple[str, ...]


def header(config: CampaignConfig) -> tuple[str, ...]:
    """Return the columns of the year's file, in their order."""
    return (*IMPORT_COLUMNS, *config.message_columns.values(), *get_pushed_labels(config).values())


def serialise(rows: Iterable[ImportRow], config: CampaignConfig) -> bytes:
    """Serialise rows in the order of their MN ids. Equal rows give equal bytes."""
    columns = header(config)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for row in sorted(rows, key=lambda row: (row.mn_id or "", row.where)):
        texts = {**row.cells, **row.messages, **row.custom_fields}
        writer.writerow([texts.get(column) or "" for column in columns])
    return buffer.getvalue().encode("utf-8-sig")


def parse(content: bytes, config: CampaignConfig) -> ParsedFile:
    """Parse a file that is about to be imported, possibly edited by hand. Blank cells become None.

    Raises ImportFileError when it is not UTF-8, is empty, lacks a column of the template, has a column twice or a row
    with too many cells.
    """
    try:
        lines = list(csv.reader(io.StringIO(content.decode().lstrip("\ufeff"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise ImportFileError("The file is not UTF-8. Save it as CSV UTF-8.") from None
    except csv.Error:
        raise ImportFileError("The file is not CSV or it was cut off. Export it again.") from None
    if not lines:
        raise ImportFileError("The file is empty. Export it again.")
    columns = [name.strip() for name in lines[0]]
    _check_columns(columns)
    labels = set(config.custom_field_labels.values())
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) > len(columns):
            raise ImportFileError(f"Row {number} has more cells than the header. Check its quotes and commas.")
        texts = {name: text.strip() or None for name, text in zip(columns, cells, strict=False)}
        if any(texts.values()):
            rows.append(_parse_row(texts, labels, number, config))
    known_columns = {*IMPORT_COLUMNS, *config.message_columns.values(), *labels}
    return ParsedFile(rows=tuple(rows), unknown_columns=tuple(name for name in columns if name not in known_columns))


def _check_columns(columns: list[str]) -> None:
    missing = [name for name in IMPORT_COLUMNS if name not in columns]
    if missing:
        raise ImportFileError(
            f"Columns of Givebutter's template are missing: {', '.join(missing)}. Add them again, or export a new file."
        )
    repeated = sorted(name for name, count in Counter(columns).items() if count > 1)
    if repeated:
        raise ImportFileError(f"Columns occur twice: {', '.join(repeated[:_SHOWN])}. Remove the extra ones.")


def _parse_row(texts: dict[str, str | None], labels: set[str], number: int, config: CampaignConfig) -> ImportRow:
    mn_id = parse_mn_id(texts[EXTERNAL_ID], config)
    return ImportRow(
        mn_id=mn_id,
        cells={name: texts.get(name) for name in IMPORT_COLUMNS},
        custom_fields={label: text for label, text in texts.items() if label in labels and text is not None},
        messages={name: texts.get(name) for name in config.message_columns.values()},
        where=mn_id or f"row {number}",
    )


def parse_mn_id(external_id: str | None, config: CampaignConfig) -> str | None:
    """Return the MN id in an External ID, by the year's template; None when it does not fit the template."""
    template_parts = config.external_id_template.format(mn_id="\0", year=config.campaign_year).split("\0")
    pattern = re.escape(template_parts[0]) + r"(MN\d{4,})" + r"\1".join(map(re.escape, template_parts[1:]))
    match = re.fullmatch(pattern, clean_line(external_id or ""), re.ASCII | re.IGNORECASE)
    return match[1].upper() if match else None
