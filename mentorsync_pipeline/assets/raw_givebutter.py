"""Raw assets of Givebutter: the members of a year's campaign, and all contacts (rulebook sections 1 and 2)."""

import dagster as dg

from mentorsync_pipeline.assets.external import OWNERS
from mentorsync_pipeline.assets.metadata import table_metadata, with_code_reference
from mentorsync_pipeline.assets.service_policies import (
    AFTER_OTHER_STEPS,
    FRESH_DAILY,
    FRESH_WEEKLY,
    GIVEBUTTER_POOL,
    SERVICE_RETRIES,
)
from mentorsync_pipeline.assets.year_asset import year_asset
from mentorsync_pipeline.checks.factory import check_specs
from mentorsync_pipeline.checks.raw_schemas import CONTACTS
from mentorsync_pipeline.db.tables import gb_contact_loads
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_gb_full_contacts as contacts_table
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import ContactLoad

GROUP = "raw"
KINDS = {"givebutter", "postgres"}


@year_asset(
    group=GROUP,
    deps=["givebutter_campaign"],
    table=members_table,
    kinds=KINDS,
    op_tags=AFTER_OTHER_STEPS,
    retry_policy=SERVICE_RETRIES,
    pool=GIVEBUTTER_POOL,
    freshness_policy=FRESH_DAILY,
)
def raw_gb_campaign_members(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Every member of the year's campaign and the amount that each has raised, as in Givebutter's API.

    The campaign is looked up by its slug or its code. Members have no contact id; email and phone link them to
    contacts.
    """
    from mentorsync_pipeline.assets.steps.raw_givebutter import store_members

    return store_members(context, warehouse, clock, givebutter)


@with_code_reference
@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds=KINDS,
    deps=["givebutter_contacts", "drop_folder", "sync_configs"],
    metadata=table_metadata(contacts_table, gb_contact_loads),
    check_specs=check_specs(contacts_table.name, CONTACTS, None),
    retry_policy=SERVICE_RETRIES,
    pool=GIVEBUTTER_POOL,
    freshness_policy=FRESH_WEEKLY,
)
def raw_gb_full_contacts(
    context: dg.AssetExecutionContext,
    config: ContactLoad,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # an asset with checks must return the unparametrised class
    """All contacts of the Givebutter account, unfiltered, from an export file or the API.

    A full load replaces all contacts in one transaction. It is refused if the file is cut off or columns are missing.
    Unless a person forces it, it is also refused if it is older than the loaded contacts, if many of them are missing,
    or if it has many more unusable cells. Without options, the first load fetches all contacts and later loads fetch
    the changes since the last one. A sync of a closed year, or a load for its mentors, is refused.
    """
    from mentorsync_pipeline.assets.steps.raw_givebutter import load_contacts

    return load_contacts(context, config, warehouse, clock, givebutter)
