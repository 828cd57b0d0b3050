"""Campaign files: allowed content, and refusals with line and reason."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.messages.rules.audience import OPERATORS
from mentorsync_pipeline.messages.rules.campaign_file import MessageInvalidError, YearValues, parse
from mentorsync_pipeline.messages.rules.recipients import AUDIENCE, VARIABLES, build_recipient
from mentorsync_pipeline.messages.rules.template import FILTERS
from tests.messages.conftest import campaign_text

MANUAL = Path(__file__).parents[2] / "docs" / "write-a-message.md"
ZONE = ZoneInfo("America/New_York")
YEAR = min(shipped_campaigns())


@pytest.fixture(scope="module")
def config() -> CampaignConfig:
    return parse_yaml(shipped_campaigns()[YEAR])


def mentor(**values: Any) -> Mentor:
    return Mentor(
        **({"mn_id": "MN0001", "submission_id": "1", "status": "needs_setup", "sync_state": "matched"} | values)
    )


def allowed(config: CampaignConfig) -> YearValues:
    return YearValues(options=config.custom_field_options, columns=config.message_columns)


def refusal(content: str, **options: Any) -> MessageInvalidError:
    with pytest.raises(MessageInvalidError) as refused:
        parse(content, file_name="x.md", **options)
    return refused.value


GOOD = """\
---
name: hello
year: 2025
audience:
  all:
    - column: training_signup
      is: no
    - any:
        - {column: amount_raised, at_least: 10, less_than: 75}
        - not:
            column: status
            in: [complete, needs_page]
columns: [text]
---

# text
Hi {{ first_name }},
{{ amount_left | money }} to go.
"""

REFUSED = [
    ("name: hello", "nme: hello", 2, "no key `nme`; did you mean `name`"),
    ("name: hello\n", "", 2, "has no `name`"),
    ("name: hello", "name: [a]", 2, "text of one line"),
    ("name: hello", "name: 7", 2, "put it in quotes"),
    ("name: hello", f"name: {'x' * 81}", 2, "more than 80"),
    ("name: hello", "name: hello\nname: hello", 3, "occurs twice"),
    ("name: hello", "name: &n hello\ndescription: *n", 3, "References"),
    ("name: hello", "name: hello: hello", 2, "not YAML"),
    ("name: hello", "name: [hello", 3, "not YAML"),
    ("name: hello", "name: a\x07b", 2, "character that YAML does not allow"),
    ("year: 2025", "year: next", 3, "campaign year"),
    ("year: 2025", "year: 25", 3, "campaign year"),
    ("training_signup", "training_singup", 6, "no column `training_singup`; did you mean `training_signup`"),
    ("column: training_signup", "column: provenance", 6, "no column `provenance`"),
    ("column: training_signup", "column: [a]", 6, "the name of one column"),
    ("is: no", "is: 0", 7, "yes or no"),
    ("is: no", "is: maybe", 7, "yes or no"),
    ("is: no", "at_least: 1", 7, "`training_signup` has no test `at_least`. Use one of: is"),
    ("\n      is: no", "", 6, "test of `training_signup` is missing"),
    ("at_least: 10", "at_least: ten", 9, "number of dollars"),
    ("at_least: 10", "at_least: .inf", 9, "number of dollars"),
    ("at_least: 10", "at_least: 1:30", 9, "number of dollars"),
    ("needs_page]", "needs_pages]", 12, "never `needs_pages`"),
    ("in: [complete, needs_page]", "in: []", 12, "at least one entry"),
    ("in: [complete, needs_page]", "in: complete", 12, "at least one entry"),
    ("in: [complete, needs_page]", "contains: 3", 12, "is a text, and this is a number"),
    ("        - not:", "        - column: tags\n          not:", 10, "the only key of its group"),
    ("audience:\n  all:", "audience:\n  every:", 5, "has a `column`"),
    ("column: status", "colum: status", 11, "Did you mean `column` by `colum`?"),
    ("less_than: 75", "les_than: 75", 9, "`amount_raised` has no test `les_than`; did you mean `less_than`"),
    ("is: no", "is: null", 7, "this is nothing"),
    ("in: [complete, needs_page]", "in:\n            - complete\n            - needs_pag", 14, "never `needs_pag`"),
    ("columns: [text]", "columns: [text]\ninclud: [dropped]", 14, "did you mean `include`"),
    ("year: 2025", "year: '2025'", 3, "without quotes"),
    ("Hi {{ first_name }},", "Hi\x00", 17, "invisible control character"),
    ("columns: [text]", "columns: [sms]", 13, "text and email"),
    ("columns: [text]", "columns: [text, email]", 14, "names email"),
    ("columns: [text]", "columns: [email]", 16, "`columns` lacks text"),
    ("columns: [text]", "columns: [text]\ninclude: [everybody]", 14, "blocked and dropped"),
    ("# text", "# texts", 16, "under a line `# text`"),
    ("{{ first_name }}", "{{ frist_name }}", 17, "no variable `frist_name`; did you mean `first_name`"),
    ("{{ first_name }}", "{{ notes }}", 17, "no variable `notes`"),
    ("| money", "| dollars", 18, "no filter `dollars`"),
    ("| money }}", "| money", 18, "got 'to'"),
    ("to go.", "{{ first_name", 18, "unexpected end of template"),
    ("to go.", "{% for x in first_name %}{% endfor %}", 18, "A loop"),
    ("to go.", "\n# text\nagain", 19, "two parts"),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), REFUSED, ids=[f"{new!r:.40}" for _, new, _, _ in REFUSED])
def test_an_invalid_campaign_file_is_refused_with_the_line(old: str, new: str, line: int, reason: str) -> None:
    assert parse(GOOD, file_name="x.md").columns == ("text",)
    wrong = GOOD.replace(old, new, 1)
    assert wrong != GOOD
    refused = refusal(wrong)
    assert reason in refused.reason
    assert refused.line == line
    assert str(refused).startswith(f"MESSAGE_INVALID: x.md, line {line}: ")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_numbers_are_right_for_every_kind_of_line_end(ending: str) -> None:
    broken = GOOD.replace("first_name", "frist_name")
    assert refusal("\ufeff" + broken.replace("\n", ending)).line == 17
    assert refusal("\n\n" + broken).line == 19


@pytest.mark.parametrize(
    "content", ["", "hello", "---\nname: x\n", "---\n---\n# text\nx", "x\n---\n---\n", "---\n- a\n---\n", "x" * 20_001]
)
def test_a_file_that_is_not_a_campaign_is_refused(content: str) -> None:
    refusal(content)


@pytest.mark.slow
def test_deep_conditions_are_refused() -> None:
    for deep in ("{not: " * 30 + "{column: dropped}" + "}" * 30, "[" * 5000 + "]" * 5000, "{a: " * 3000):
        refusal(campaign_text(audience=deep))


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_is_a_valid_campaign_file_or_refused(front: str, body: str) -> None:
    for content in (front, f"---\n{front}\n---\n# text\n{body}", GOOD.replace("Hi", body), GOOD.replace("all:", front)):
        assert 0 <= refused_line(content) <= len(re.split(r"\r\n|\r|\n", content)) + 1


def refused_line(content: str) -> int:
    """The line with which a file is refused; 0 for a valid file."""
    try:
        parse(content, file_name="x.md")
    except MessageInvalidError as refused:
        return refused.line
    return 0


def holds(condition: str, known: Mentor, config: CampaignConfig, **options: Any) -> bool:
    campaign = parse(campaign_text(audience=condition), file_name="x.md", **options)
    return campaign.audience.matches(build_recipient(known, config, ZONE).values)


CONDITIONS = [
    ("everyone", True),
    ("{column: first_name, is: ana}", True),
    ("{column: first_name, is_not: Ana}", False),
    ("{column: preferred_name, is: Ann}", False),
    ("{column: preferred_name, is_not: Ann}", True),
    ("{column: preferred_name, is_set: no}", True),
    ("{column: preferred_name, not_in: [Ann]}", True),
    ("{column: first_name, in: [Bob, ANA]}", True),
    ("{column: first_name, contains: N}", True),
    ("{column: preferred_name, contains: N}", False),
    ("{column: amount_raised, is: 40}", True),
    ("{column: amount_left, is: 35.00}", True),
    ("{column: amount_raised, at_least: 40, at_most: 40}", True),
    ("{column: amount_raised, more_than: 40}", False),
    ("{column: amount_raised, less_than: 40.01}", True),
    ("{column: training_signup, is: yes}", False),
    ("{column: tags, contains: mentors 2025}", True),
    ("{column: tags, contains: mentors}", False),
    ("{column: tags, is_set: yes}", True),
    ("{column: notes, contains: leader}", True),
    # 03:00 UTC is still the evening before in Georgia.
    ("{column: signed_up_at, is: 2025-09-01}", True),
    ("{column: signed_up_at, before: 2025-09-02}", True),
    ("{column: signed_up_at, on_or_after: '2025-09-02'}", False),
    ("{column: training_at, after: 2025-01-01}", False),
    ("{column: training_at, is_set: no}", True),
    ("{not: {column: first_name, is: Ana}}", False),
    ("{any: [{column: first_name, is: Bob}, {column: amount_raised, is: 40}]}", True),
    ("{all: [{column: first_name, is: Bob}, {column: amount_raised, is: 40}]}", False),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_audience_conditions_select_the_mentors(condition: str, expected: bool, config: CampaignConfig) -> None:
    ana = mentor(
        first_name=" Ana ",
        amount_raised=Decimal(40),
        tags=("Mentors 2025", "Leader"),
        notes="A good leader",
        signed_up_at=datetime(2025, 9, 2, 3, tzinfo=UTC),
    )
    assert holds(condition, ana, config) is expected


def test_a_condition_accepts_only_the_configured_options_of_a_select(config: CampaignConfig) -> None:
    fresher = campaign_text(audience="{column: uga_class, is: Fresher}")
    assert "never `Fresher`, only: Freshman, Sophomore" in refusal(fresher, allowed=allowed(config)).reason
    parse(fresher, file_name="x.md")
    assert holds("{column: uga_class, is: junior}", mentor(uga_class="Junior"), config, allowed=allowed(config))


def test_every_column_accepts_all_operators_of_its_type() -> None:
    values = {"text": "needs_page", "flag": "yes", "money": "7.5", "day": "2025-01-01", "tags": "x"}
    for column in AUDIENCE.values():
        for operator in OPERATORS[column.kind]:
            value = values[column.kind] if not column.options else column.options[0]
            value = "yes" if operator == "is_set" else f"[{value}]" if operator in ("in", "not_in") else value
            parse(campaign_text(audience=f"{{column: {column.name}, {operator}: {value}}}"), file_name="x.md")


def test_notes_and_tags_are_allowed_in_conditions_but_not_in_texts() -> None:
    assert {"notes", "tags"} <= set(AUDIENCE)
    assert not {"notes", "tags", "provenance", "sync_state"} & set(VARIABLES)


def test_a_text_has_dates_in_the_forms_time_zone_and_the_amount_left(config: CampaignConfig) -> None:
    known = build_recipient(
        mentor(signed_up_at=datetime(2025, 9, 2, 3, tzinfo=UTC), first_name="  "), config, ZONE
    ).values
    assert (known["signed_up_at"], known["first_name"]) == (date(2025, 9, 1), None)
    assert known["amount_left"] == config.fundraising_goal
    rich = build_recipient(mentor(amount_raised=Decimal(500)), config, ZONE).values
    assert rich["amount_left"] == 0


@pytest.mark.parametrize(
    "path",
    sorted((resources.files("mentorsync_pipeline") / "messages" / "examples").iterdir(), key=lambda path: path.name),
    ids=str,
)
def test_the_shipped_example_campaigns_are_valid(path: Path, config: CampaignConfig) -> None:
    campaign = parse(path.read_text(encoding="utf-8"), file_name=path.name, allowed=allowed(config))
    assert campaign.name == path.stem
    assert campaign.description
    assert campaign.columns == ("text", "email")


def test_the_manual_names_every_column_variable_operator_and_filter() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    names = {*AUDIENCE, *VARIABLES, *FILTERS, *(name for names in OPERATORS.values() for name in names)}
    assert {name for name in names if f"`{name}`" not in manual} == set()


def test_the_examples_of_the_manual_are_valid() -> None:
    blocks = re.findall(r"^```markdown\n(.*?)^```$", MANUAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        parse(block, file_name="manual")
