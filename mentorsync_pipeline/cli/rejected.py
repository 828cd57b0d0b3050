"""Givebutter's file of rejected rows on the command line, part of `mentorsync upload`."""

from pathlib import Path

from mentorsync_pipeline.cli.output import show

_LOOKED_AT = 200


def is_rejected(file: Path) -> bool:
    """Whether the file is one of rejected rows, by its header."""
    from mentorsync_pipeline.uploads.rejected_rows import is_failed_rows  # noqa: PLC0415

    with file.open("rb") as stream:
        return is_failed_rows(stream.read(_LOOKED_AT).decode("utf-8", errors="replace"))


def record(file: Path, year: int | None, *, as_json: bool) -> None:
    """Record each rejected row as an error of its mentor; the year is found by the ids unless it is given."""
    from mentorsync_pipeline.cli.session import reading, run  # noqa: PLC0415
    from mentorsync_pipeline.runtime.run_options import RejectedFile, options_of  # noqa: PLC0415
    from mentorsync_pipeline.uploads.rejected_rows import FailedRowsError, identities  # noqa: PLC0415
    from mentorsync_pipeline.uploads.rejected_rows_store import RejectedFileError, year_of  # noqa: PLC0415

    if year is None:
        try:
            rows = identities(file.read_bytes())
        except FailedRowsError as error:
            raise RejectedFileError(str(error), "Upload the file as Givebutter gave it.") from None
        with reading() as connection:
            year = year_of(connection, rows)
    report = run("rejected_rows", year=year, config=options_of("gb_failed_rows", RejectedFile(path=str(file))))
    done = report.assets["gb_failed_rows"]
    show(
        {"campaign_year": year, "run_id": report.run_id, **done},
        as_json=as_json,
        lines=f"{done['rows read']} errors in the rows that Givebutter rejected. "
        f"What to do: mentorsync errors list --year {year}",
    )
