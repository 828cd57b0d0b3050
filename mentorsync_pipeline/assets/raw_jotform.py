"""Raw assets of the three Jotform forms (rulebook sections 1 and 2)."""

from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.service_policies import (
    FRESH_DAILY,
    JOTFORM_POOL,
    SERVICE_RETRIES,
    fail_on_permanent_errors,
)
from mentorsync_pipeline.assets.source_findings import list_limits, record_source, unusual_records
from mentorsync_pipeline.assets.year_asset import year_asset, year_run
from mentorsync_pipeline.contacts.write_listings import write_submissions
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables import raw_mn_funds_setup as setup_table
from mentorsync_pipeline.db.tables import raw_mn_signups as signups_table
from mentorsync_pipeline.db.tables import raw_mn_training_signup as training_table
from mentorsync_pipeline.db.tables.raw import answer_columns
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.record_fields import read_records
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.signups.rules.jotform_answers import (
    find_missing_questions,
    find_unusual_answers,
    parse_submission,
    parse_submission_id,
)

GROUP = "raw"
KINDS = {"jotform", "postgres"}
INVALID = "JOTFORM_SUBMISSION_INVALID"


class FormMismatchError(MentorSyncError):
    """A field map does not fit the form or the table."""

    code = "JOTFORM_FIELD_MAP"


def _raw_form(table: sa.Table, *, form: str, source: str, description: str) -> dg.AssetsDefinition:
    """Build the raw asset of one form.

    Args:
        form: prefix of the form's keys in the configuration, such as `signup` in `signup_field_map`.

    """

    @year_asset(
        group=GROUP,
        deps=[source],
        table=table,
        name=table.name,
        kinds=KINDS,
        description=description,
        retry_policy=SERVICE_RETRIES,
        pool=JOTFORM_POOL,
        freshness_policy=FRESH_DAILY,
    )
    def raw_form(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        clock: ClockResource,
        jotform: JotformResource,
    ) -> dg.MaterializeResult[None]:
        with fail_on_permanent_errors(), year_run(context, warehouse, clock) as run:
            form_id: str = getattr(run.config, f"jotform_{form}_form_id")
            field_map: dict[str, str] = dict(getattr(run.config, f"{form}_field_map"))
            _check_field_map(table, form_id, field_map, jotform)
            zone = jotform.zone
            unmapped = dict.fromkeys(answer_columns(table) - set(field_map))

            def read(submission: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
                row = unmapped | parse_submission(submission, field_map, zone)
                require_fitting(table, row, field_map)
                return row, find_unusual_answers(submission)

            submissions, unreadable = read_records(jotform.submissions(form_id), parse_submission_id, read)
            rows = [row for row, _ in submissions]
            written = write_submissions(
                run.conn,
                table,
                rows,
                year=run.year,
                log_id=run.asset_run.log_id,
                now=run.now,
                unreadable=unreadable,
                limits=list_limits(run),
            )
            warnings = unusual_records(submissions, noun="submission", key="submission_id", source_table=table.name)
            deleted = sum(row["status"] == "DELETED" for row in rows)
            counts = record_source(run, unreadable, written.check, code=INVALID, noun="submission", warnings=warnings)
            return run.report(rows_in=len(rows), diff=written.diff, counts={"deleted in jotform": deleted} | counts)

    return raw_form


def _check_field_map(table: sa.Table, form_id: str, field_map: dict[str, str], jotform: JotformResource) -> None:
    """Check that the table has the columns and the form has the questions of a field map.

    Raises:
        FormMismatchError: a column or a question is missing.

    """
    unknown = sorted(set(field_map) - answer_columns(table))
    if unknown:
        raise FormMismatchError(
            f"The field map of form {form_id} fills columns that {table.name} does not have: {', '.join(unknown)}.",
            "Add them with a migration (docs/add-a-form-field.md), or correct the configuration.",
        )
    questions = find_missing_questions(field_map, jotform.questions(form_id))
    if questions.missing:
        raise FormMismatchError(
            f"Form {form_id} has no question named {', '.join(questions.missing)}; "
            f"it has {', '.join(questions.present)}.",
            "Correct the field map in the year's configuration (a question's name is not its label).",
        )


raw_mn_signups = _raw_form(
    signups_table,
    form="signup",
    source="jotform_signup_form",
    description="Every submission of the sign-up form as returned by Jotform, with its payload, including deleted "
    "ones. A submission that is no longer listed remains with `removed_at` set.",
)
raw_mn_funds_setup = _raw_form(
    setup_table,
    form="setup",
    source="jotform_setup_form",
    description="Every submission of the set-up form: mentors who request a fundraising page. They type the mentor "
    "id by hand.",
)
raw_mn_training_signup = _raw_form(
    training_table,
    form="training",
    source="jotform_training_form",
    description="Every submission of the training form: mentors and the session that they chose. They type the mentor "
    "id by hand.",
)
