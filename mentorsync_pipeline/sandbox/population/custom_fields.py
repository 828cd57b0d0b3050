"""The account's custom fields."""

from mentorsync_pipeline.sandbox.gb_model import CustomField
from mentorsync_pipeline.sandbox.population.world import PLAIN_ANSWERS, SHIFTS, UGA_CLASSES, SandboxForms

_FIRST_FIELD_ID = 6_100


def make_custom_fields(config: SandboxForms) -> tuple[CustomField, ...]:
    """The custom fields in the order in which the export shows them."""
    rows: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        *((row.label, "select" if row.options else "text", row.options) for row in PLAIN_ANSWERS),
        (config.edited_uga_class_label, "select", UGA_CLASSES),
        (config.shift_label, "select", SHIFTS),
        (config.partner_label, "number", ()),
        (config.training_signup_label, "checkbox", ()),
        (config.attended_training_label, "checkbox", ()),
        (config.training_date_label, "date", ()),
        (config.amount_raised_label, "number", ()),
        (config.page_url_label, "text", ()),
        (config.page_setup_label, "checkbox", ()),
        (config.fully_fundraised_label, "checkbox", ()),
        (config.text_message_label, "text", ()),
        (config.second_text_message_label, "text", ()),
        (config.email_message_label, "text", ()),
    )
    return tuple(
        CustomField(_FIRST_FIELD_ID + place * 3, label, kind, options)
        for place, (label, kind, options) in enumerate(rows)
    )
