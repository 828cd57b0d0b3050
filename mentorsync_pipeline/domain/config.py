"""A campaign year's configuration: its keys, types, defaults and checks (rulebook section 11)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator, model_validator

from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.forms import FORMS, Form
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, EXPORT_NAMES, IMPORT_COLUMNS, TEXT_MESSAGE
from mentorsync_pipeline.domain.list_guard import MAX_MISSING, MAX_MISSING_SHARE, MAX_UNUSABLE_RISE

_ONE_QUESTION = r"(?:[A-Za-z0-9_]+(?:\.[a-z_0-9]+)?|first:(?:email|phone))"
_QUESTION = re.compile(rf"^{_ONE_QUESTION}(?:\|{_ONE_QUESTION})*$")
FormId = Annotated[str, Field(pattern=r"^[0-9]{5,20}$")]
# A cell of tags separates them by commas; exports that were edited by hand by semicolons as well.
Tag = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^,;\r\n=+@-][^,;\r\n]*$")]
Points = Annotated[Decimal, Field(ge=0)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Label = Annotated[str, Field(min_length=1)]
FieldType = Literal["text", "number", "checkbox", "option", "date"]
# Names of message columns in campaign files: `text`, `email`, and further ones by number, such as `text_2`.
MESSAGE_COLUMN = r"(text|email)(_([2-9]|[1-9][0-9]))?"


_MAX_EXTERNAL_ID = 255
_DIGITS_OF_AN_ID = 8


def _message_column_order(name: str) -> tuple[bool, int]:
    kind, _, number = name.partition("_")
    return kind != "text", int(number or 1)


class _Section(BaseModel):
    # Sections are built as parts of the configuration only.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Weights(_Section):
    """The points of a contact's score (rulebook section 4)."""

    dropped_tag: Points = Decimal(1000)
    campaign_tag: Points = Decimal(500)
    recency: Points = Decimal(100)
    phone: Points = Decimal(50)
    primary_email: Points = Decimal(30)
    additional_emails: Points = Decimal(20)
    address: Points = Decimal(20)
    campaign_member: Points = Decimal(30)


class Thresholds(_Section):
    """Limits of the rules (rulebook sections 2, 4, 5 and 10)."""

    clear_winner_points: Points = Decimal(100)
    stale_rival_days: Days = 90
    signup_newer_days: Days = 30
    contacts_stale_days: Days = 7
    # Share and number of records that may be missing from a list (rulebook section 2). Both must be exceeded.
    contacts_shrink_share: Annotated[Decimal, Field(gt=0, le=1)] = MAX_MISSING_SHARE
    list_shrink_share: Annotated[Decimal, Field(gt=0, le=1)] = MAX_MISSING_SHARE
    list_shrink_records: Count = MAX_MISSING
    unusable_cells_rise: Annotated[Decimal, Field(gt=0, le=1)] = MAX_UNUSABLE_RISE
    archive_share: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.05")
    # Number of active contacts up to which the share does not count.
    archive_share_from: Count = 0
    archive_max: Count = 500
    # A plan may be this many times larger than the median of the year's last plans, once there are as many plans.
    archive_usual_factor: Annotated[Decimal, Field(ge=1)] = Decimal(3)
    archive_usual_plans: Annotated[int, Field(ge=1, le=1_000)] = 10


def names_year(text: str, year: int) -> bool:
    """Return whether a text has the year as a number of four or two digits, such as `Mentors 2025` or `Dropped 25`."""
    return re.search(rf"(?<![0-9])(?:{year}|{year % 100:02})(?![0-9])", text) is not None


class _CampaignYear(_Section):
    campaign_year: Annotated[int, Field(ge=2000, le=2999)]
    active: bool = True


def _form_settings() -> dict[str, Any]:
    """Fields of the declared forms: the form's id and its field map."""
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for form in FORMS:
        if form.required:
            required |= {form.form_id_key: (FormId, ...), form.field_map_key: (Mapping[str, str], ...)}
        else:
            optional[form.form_id_key] = (FormId | None, None)
            optional[form.field_map_key] = (Mapping[str, str], Field(default_factory=dict))
    return required | optional


if TYPE_CHECKING:
    _FormSettings = _CampaignYear
else:
    _FormSettings = create_model("_FormSettings", __base__=_CampaignYear, **_form_settings())


class CampaignConfig(_FormSettings):
    """Configuration of one campaign year.

    Each form of `domain.forms` has two keys, such as `jotform_training_form_id` and `training_field_map`, which
    `form_id` and `field_map` return. A field map maps our column to the `name` (not the label) of a Jotform question;
    `name.part` selects a part of a compound answer, such as `fullName.first`. `one|other` selects the first of several
    questions that is answered, `first:email` and `first:phone` the first question of that kind on the form.
    """

    # Givebutter's six-character code of the campaign, or its slug; no address, which may contain a key.
    givebutter_campaign_code: Annotated[str, Field(max_length=255, pattern=r"^[^\s/?#@:]+$")]
    # The tag that imports add, and further names of it that count as well.
    givebutter_mentor_tag: Tag
    givebutter_mentor_tags: tuple[Tag, ...] = ()
    # The tag that marks mentors who dropped out, and further names of it that count as well.
    givebutter_dropped_tag: Tag
    givebutter_dropped_tags: tuple[Tag, ...] = ()
    # Set at the end of the season: imports then add both tags to contacts that have them under another name only.
    tags_with_year: bool = False
    campaign_tag_contains: str = "SWAB"
    fundraising_goal: Annotated[Decimal, Field(gt=0, le=1_000_000_000)]
    event_date: date
    external_id_template: str = "{mn_id}"
    archive_nightly: Literal["plan", "apply"] = "plan"
    # Replaces a cleared message, because a blank cell of an import may leave the old text.
    message_cleared_text: Annotated[str, Field(max_length=255, pattern=r"^([^\s=+@-].*)?$")] = "(none)"
    # The longest text that Givebutter accepts in a custom field, messages included, in characters.
    custom_text_limit: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    custom_field_labels: Mapping[str, Label]
    # Type of a custom field in Givebutter, where it does not follow from our field.
    custom_field_types: Mapping[str, FieldType] = Field(default_factory=dict)
    # Message columns: label in Givebutter by name in campaign files.
    message_columns: Mapping[str, Label] = Field({"text": TEXT_MESSAGE, "email": EMAIL_MESSAGE}, min_length=1)
    custom_field_options: Mapping[str, tuple[Label, ...]] = Field(default_factory=dict)
    # Other spellings of an option that forms have, by field: spelling to option.
    custom_field_option_map: Mapping[str, Mapping[str, Label]] = Field(default_factory=dict)
    weights: Weights = Weights()
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="before")
    @classmethod
    def _split_tag_lists(cls, values: Any) -> Any:
        """Accept a list as the mentor or the dropped tag: the first is the one that imports add."""
        if not isinstance(values, Mapping):
            return values
        split = dict(values)
        for name in ("givebutter_mentor_tag", "givebutter_dropped_tag"):
            tags = split.get(name)
            if isinstance(tags, list | tuple) and tags:
                split[name] = tags[0]
                split[f"{name}s"] = [*tags[1:], *split.get(f"{name}s", ())]
        return split

    @field_validator(*(form.form_id_key for form in FORMS if not form.required), mode="before")
    @classmethod
    def _blank_form_is_none(cls, form_id: Any) -> Any:
        return form_id or None

    @field_validator("external_id_template")
    @classmethod
    def _template_is_fillable(cls, template: str) -> str:
        try:
            parts = list(Formatter().parse(template))
        except ValueError:
            parts = [("", "?", "", None)]
        fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
        if any(name not in ("mn_id", "year") or spec or conversion for name, spec, conversion in fields):
            raise ValueError("only {mn_id} and {year} are allowed in braces")
        if ("mn_id", "", None) not in fields:
            raise ValueError("must contain {mn_id}")
        filled = template.format(mn_id="MN" + "0" * _DIGITS_OF_AN_ID, year=2025)
        if len(filled) > _MAX_EXTERNAL_ID or filled[0] in "=+-@":
            raise ValueError(f"makes External IDs of more than {_MAX_EXTERNAL_ID} characters, or like a formula")
        return template

    @field_validator("custom_field_labels")
    @classmethod
    def _check_labels(cls, labels: Mapping[str, str]) -> Mapping[str, str]:
        used_labels = {name.casefold() for name in (*IMPORT_COLUMNS, *EXPORT_NAMES)}
        keys = [label.casefold() for label in labels.values()]
        wrong = sorted(label for label, key in zip(labels.values(), keys, strict=True) if key in used_labels)
        if wrong:
            raise ValueError(f"Givebutter has a column of its own with this name: {', '.join(wrong)}")
        repeated = sorted({label for label, key in zip(labels.values(), keys, strict=True) if keys.count(key) > 1})
        if repeated:
            raise ValueError(f"two fields have the same label: {', '.join(repeated)}")
        return labels

    @model_validator(mode="after")
    def _tags_and_forms_differ(self) -> Self:
        if tag_key(self.givebutter_mentor_tag) == tag_key(self.givebutter_dropped_tag):
            raise ValueError("givebutter_mentor_tag and givebutter_dropped_tag are the same tag")
        ids = [self.form_id(form) for form in FORMS]
        repeated = [
            form.form_id_key for form, form_id in zip(FORMS, ids, strict=True) if form_id and ids.count(form_id) > 1
        ]
        if repeated:
            raise ValueError(f"{' and '.join(repeated)} are the same form")
        return self

    @field_validator(*(form.field_map_key for form in FORMS))
    @classmethod
    def _questions_are_names(cls, fields: Mapping[str, str]) -> Mapping[str, str]:
        wrong = sorted(question for question in fields.values() if not _QUESTION.match(question))
        if wrong:
            raise ValueError(f"not the name of a Jotform question (letters, digits, _): {', '.join(wrong)}")
        return fields

    @field_validator("message_columns")
    @classmethod
    def _check_message_columns(cls, columns: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        wrong = sorted(name for name in columns if not re.fullmatch(MESSAGE_COLUMN, name))
        if wrong:
            raise ValueError(f"not text, email, or one of them with a number (text_2): {', '.join(wrong)}")
        custom_labels = info.data.get("custom_field_labels", {}).values()
        used_labels = {name.casefold() for name in (*IMPORT_COLUMNS, *EXPORT_NAMES, *custom_labels)}
        keys = [label.casefold() for label in columns.values()]
        repeated = sorted(
            {label for label in columns.values() if label.casefold() in used_labels or keys.count(label.casefold()) > 1}
        )
        if repeated:
            raise ValueError(f"the label is used for another column: {', '.join(repeated)}")
        # The order in the import file: texts before emails, each by number, however the configuration was stored.
        return dict(sorted(columns.items(), key=lambda column: _message_column_order(column[0])))

    @field_validator("custom_field_option_map")
    @classmethod
    def _spellings_lead_to_options(
        cls, spellings: Mapping[str, Mapping[str, str]], info: ValidationInfo
    ) -> Mapping[str, Mapping[str, str]]:
        options = info.data.get("custom_field_options", {})
        wrong = sorted(
            f"{field}: {option}"
            for field, mapped in spellings.items()
            for option in set(mapped.values())
            if option not in options.get(field, ())
        )
        if wrong:
            raise ValueError(f"not among the custom_field_options of the field: {', '.join(wrong)}")
        return spellings

    def form_id(self, form: Form) -> str | None:
        """Return Jotform's id of a form; None if the year does not use the form."""
        form_id: str | None = getattr(self, form.form_id_key)
        return form_id

    def field_map(self, form: Form) -> Mapping[str, str]:
        """Return the question's name by column of the form's raw table."""
        field_map: Mapping[str, str] = getattr(self, form.field_map_key)
        return field_map

    @property
    def mentor_tags(self) -> tuple[str, ...]:
        """Every tag that marks the year's mentors; the first is the one that imports add."""
        return (self.givebutter_mentor_tag, *self.givebutter_mentor_tags)

    @property
    def dropped_tags(self) -> tuple[str, ...]:
        """Every tag that marks the mentors who dropped out."""
        return (self.givebutter_dropped_tag, *self.givebutter_dropped_tags)

    @property
    def undated_tags(self) -> tuple[str, ...]:
        """Mentor and dropped tags without the year, which other years may use too."""
        return tuple(tag for tag in (*self.mentor_tags, *self.dropped_tags) if not names_year(tag, self.campaign_year))

    def external_id(self, mn_id: str) -> str:
        """Return the External ID of a mentor (rulebook section 4, `external_id_template`)."""
        return self.external_id_template.format(mn_id=mn_id, year=self.campaign_year)

    def is_campaign_tag(self, tag: str) -> bool:
        """Return whether a tag is the year's mentor tag or a campaign tag (rulebook section 4, score)."""
        part = tag_key(self.campaign_tag_contains)
        return tag_key(tag) in map(tag_key, self.mentor_tags) or (part != "" and part in tag_key(tag))


def config_types() -> Mapping[str, str]:
    """Return the `config_type` of each key of `sync_configs`: string, number, boolean or json."""
    kinds: dict[str, str] = {}
    for name, info in CampaignConfig.model_fields.items():
        if name == "campaign_year":
            continue
        kinds[name] = _kind(info.annotation)
    return kinds


def _kind(annotation: Any) -> str:
    if annotation is bool:
        return "boolean"
    if annotation in (int, Decimal):
        return "number"
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, Mapping, tuple, list, frozenset, Sequence) or (
        isinstance(annotation, type) and issubclass(annotation, BaseModel)
    ):
        return "json"
    return "string"
