"""Replace configured labels of custom fields by the labels in the contact data (rulebook, section 11)."""

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.load.load_record import read_labels
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.label_matching import PresentLabels, find_present_labels


def read_present_config(conn: sa.Connection, year: int) -> CampaignConfig:
    """Read a year's configuration; a label that was edited in Givebutter is replaced by the present one."""
    return find_labels(conn, configuration.read_config(conn, year)).config


def find_labels(conn: sa.Connection, config: CampaignConfig) -> PresentLabels:
    """Find the configured labels among those of the loaded contacts."""
    return find_present_labels(config, read_labels(conn))


def find_label_warnings(conn: sa.Connection, year: int, *, source_table: str) -> list[WarningFinding]:
    """Return warnings about labels that were edited in Givebutter, and about labels with the same text."""
    labels = find_labels(conn, configuration.read_config(conn, year))
    texts = {
        label: f"The custom field {label} is called {present} in Givebutter now and was found by its text. Correct the "
        "label in the year's configuration (custom_field_labels or message_columns)."
        for label, present in labels.edited.items()
    }
    texts |= {
        label: f"Givebutter has no custom field {label}, and several whose labels have the same text. Correct the "
        "label in the year's configuration (custom_field_labels or message_columns)."
        for label in labels.ambiguous
    }
    return [
        WarningFinding(warning_type="unusual_value", subject=f"label:{label}", message=text, source_table=source_table)
        for label, text in texts.items()
    ]
