"""Raw assets of the year's Jotform forms (rulebook sections 1 and 2)."""

import dagster as dg

from mentorsync_pipeline.assets.service_policies import (
    FRESH_DAILY,
    JOTFORM_POOL,
    SERVICE_RETRIES,
)
from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.forms import FORMS, PARTNER, SETUP, SIGNUP, TRAINING, Form
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource

GROUP = "raw"
KINDS = {"jotform", "postgres"}


def _raw_form(form: Form) -> dg.AssetsDefinition:
    """Build the raw asset of one form."""
    table = FORM_TABLES[form.name]

    @year_asset(
        group=GROUP,
        deps=[form.source],
        table=table,
        name=form.table,
        kinds=KINDS,
        description=form.table_meaning,
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
        from mentorsync_pipeline.assets.steps.raw_jotform import store_submissions

        return store_submissions(form, context, warehouse, clock, jotform)

    return raw_form


_BY_FORM = {form.name: _raw_form(form) for form in FORMS}
RAW_FORMS = tuple(_BY_FORM.values())
raw_mn_signups = _BY_FORM[SIGNUP.name]
raw_mn_funds_setup = _BY_FORM[SETUP.name]
raw_mn_training_signup = _BY_FORM[TRAINING.name]
raw_mn_partner_preference = _BY_FORM[PARTNER.name]
