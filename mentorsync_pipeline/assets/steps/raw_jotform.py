"""Store the submissions of a form (rulebook sections 1 and 2)."""

from typing import Any

import dagster as dg

from mentorsync_pipeline.assets.service_policies import (
    fail_on_permanent_errors,
)
from mentorsync_pipeline.assets.source_listings import SourceRecord, store_listing
from mentorsync_pipeline.assets.year_run import YearRun, year_run
from mentorsync_pipeline.db.list_write import withdraw_submissions, write_submissions
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.forms import Form
from mentorsync_pipeline.domain.record_fields import drain, hash_records, read_records
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.signups.rules.jotform_answers import (
    find_missing_questions,
    find_unusual_answers,
    parse_submission,
    parse_submission_id,
)

INVALID = "JOTFORM_SUBMISSION_INVALID"


class FormMismatchError(MentorSyncError):
    """A field map does not fit the form or the table."""

    code = "JOTFORM_FIELD_MAP"


def store_submissions(
    form: Form,
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    jotform: JotformResource,
) -> dg.MaterializeResult[None]:
    """Store the submissions of a form."""
    table = FORM_TABLES[form.name]
    with fail_on_permanent_errors(), year_run(context, warehouse, clock) as run:
        form_id = run.config.form_id(form)
        if form_id is None:
            return _report_missing_form(run, form)
        field_map = dict(run.config.field_map(form))
        _check_field_map(form, form_id, field_map, jotform)
        zone = jotform.zone
        unmapped = dict.fromkeys(set(form.columns) - set(field_map))

        def read(submission: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
            parsed = parse_submission(submission, field_map, zone)
            row = unmapped | parsed
            require_fitting(table, row, field_map)
            return row, find_unusual_answers(submission, parsed["payload"])

        returned = jotform.submissions(form_id)
        current = run.settle(context, hash_records(returned, zone))
        if current.last_run is not None:
            return current.report_settled(current.last_run)
        submissions, unreadable = read_records(drain(returned), parse_submission_id, read)
        kind = SourceRecord(
            table=table, key="submission_id", code=INVALID, noun="submission", warning_noun="submission"
        )
        diff, counts = store_listing(current, write_submissions, submissions, unreadable, kind)
        deleted = sum(row["status"] == "DELETED" for row, _ in submissions)
        return current.report(rows_in=len(submissions), diff=diff, counts={"deleted in jotform": deleted} | counts)


def _report_missing_form(run: YearRun, form: Form) -> dg.MaterializeResult[None]:
    """Set aside the rows of a form that the year's configuration no longer names, and report that it has none."""
    diff = withdraw_submissions(
        run.conn, FORM_TABLES[form.name], year=run.year, log_id=run.asset_run.log_id, now=run.now
    )
    run.record()
    reason = f"{run.year} has no {form.title}: {form.form_id_key} is not set"
    return run.report(rows_in=0, diff=diff, counts={"not fetched": reason})


def _check_field_map(form: Form, form_id: str, field_map: dict[str, str], jotform: JotformResource) -> None:
    """Check that the table has the columns and the form has the questions of a field map.

    Raises:
        FormMismatchError: a column or a question is missing.

    """
    unknown = sorted(set(field_map) - set(form.columns))
    if unknown:
        raise FormMismatchError(
            f"The field map of form {form_id} fills columns that {form.table} does not have: {', '.join(unknown)}.",
            "Add them with a migration (docs/add-a-form-field.md), or correct the configuration.",
        )
    questions = find_missing_questions(field_map, jotform.questions(form_id))
    if questions.missing:
        raise FormMismatchError(
            f"Form {form_id} has no question named {', '.join(questions.missing)}; "
            f"it has {', '.join(questions.present)}.",
            "Correct the field map in the year's configuration (a question's name is not its label).",
        )
