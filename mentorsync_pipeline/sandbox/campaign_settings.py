"""Generate the campaign file of a sandbox, with its forms, tags and labels."""

from collections.abc import Mapping

from mentorsync_pipeline.sandbox.population import SandboxForms
from mentorsync_pipeline.sandbox.population.world import OTHER_CLASSES, PLAIN_ANSWERS, SHIFTS, UGA_CLASSES


def campaign_settings(config: SandboxForms, year: int, *, previous: bool = False) -> dict[str, object]:
    """Return the campaign file of ``year`` as a mapping for YAML; ``previous``: of the year before, with its forms."""
    campaign_year = year - 1 if previous else year
    forms = (
        (config.previous_signup_form_id, config.previous_setup_form_id, config.previous_training_form_id)
        if previous
        else (config.signup_form_id, config.setup_form_id, config.training_form_id)
    )
    partner_form = {} if previous else {"jotform_partner_form_id": config.partner_form_id}
    return {
        "campaign_year": campaign_year,
        "active": not previous,
        "jotform_signup_form_id": forms[0],
        "jotform_setup_form_id": forms[1],
        "jotform_training_form_id": forms[2],
        **partner_form,
        "givebutter_campaign_code": config.fill(config.campaign_slug, campaign_year)
        if previous
        else config.campaign_code,
        "givebutter_mentor_tag": config.fill(config.mentor_tag, campaign_year),
        "givebutter_mentor_tags": [] if previous else [config.plain_mentor_tag],
        "givebutter_dropped_tag": config.fill(config.dropped_tag, campaign_year),
        "givebutter_dropped_tags": [] if previous else [config.plain_dropped_tag],
        "fundraising_goal": config.fundraising_goal,
        "event_date": f"{campaign_year}-{config.event_month_day}",
        "signup_field_map": _signup_field_map(config.signup_questions),
        "setup_field_map": _field_map(config.setup_questions),
        "training_field_map": {**_field_map(config.training_questions), "email": "first:email", "phone": "first:phone"},
        "partner_field_map": _field_map(config.partner_questions),
        "custom_field_labels": {
            **{answer.name: answer.label for answer in PLAIN_ANSWERS},
            "uga_class": config.uga_class_label,
            "shift_preference": config.shift_label,
            "partner_preference": config.partner_label,
            "training_signup": config.training_signup_label,
            "attended_training": config.attended_training_label,
            "training_at": config.training_date_label,
            "campaign_member": config.page_setup_label,
            "amount_raised": config.amount_raised_label,
            "fundraising_page_url": config.page_url_label,
            "status": config.fully_fundraised_label,
        },
        "custom_field_types": {"status": "checkbox", "partner_preference": "number"},
        "message_columns": {
            "text": config.text_message_label,
            "text_2": config.second_text_message_label,
            "email": config.email_message_label,
        },
        "custom_field_options": {
            **{answer.name: list(answer.options) for answer in PLAIN_ANSWERS if answer.options},
            "uga_class": list(UGA_CLASSES),
            "shift_preference": list(SHIFTS),
        },
        "custom_field_option_map": {"uga_class": dict(OTHER_CLASSES)},
    }


def _signup_field_map(questions: Mapping[str, str]) -> dict[str, str]:
    """Return column → question name; without its own question, the preferred name is the prefix of the full name."""
    return {"preferred_name": f"{questions['name']}.prefix", **_field_map(questions)}


def _field_map(questions: Mapping[str, str]) -> dict[str, str]:
    """Return column → question name; the question for the full name fills two columns."""
    fields = {meaning: question for meaning, question in questions.items() if meaning != "name"}
    if "name" in questions:
        fields |= {"first_name": f"{questions['name']}.first", "last_name": f"{questions['name']}.last"}
    return fields
