"""Templates: rendered texts, and constructs that the sandbox refuses."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.messages.rules.front_matter import LineError
from mentorsync_pipeline.messages.rules.template import MessageFailedError, compile_text, fill_template

LIMIT = CampaignConfig.model_fields["custom_text_limit"].default
KNOWN: dict[str, Any] = {
    "first_name": "Ana",
    "last_name": "O’Neil",
    "preferred_name": None,
    "amount_raised": Decimal("1037.50"),
    "amount_left": Decimal("37.50"),
    "fundraising_goal": Decimal(75),
    "training_signup": False,
    "status": "needs_page",
}


def say(source: str, **known: Any) -> str:
    return fill_template(compile_text(source, 1), KNOWN | known, LIMIT)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{ first_name }}!", "Hi Ana!"),
        ("{{ preferred_name | default(first_name) }}", "Ana"),
        ("{% if preferred_name is defined %}A{% else %}B{% endif %}", "B"),
        ("{{ amount_raised | money }} {{ fundraising_goal | money }} {{ amount_left }}", "$1,037.50 $75 37.50"),
        ("Only {{ (amount_left - 40) | money }}", "Only -$2.50"),
        ("{{ 'go' if amount_left > 0 else 'done' }}", "go"),
        ("{% if status in ['needs_page', 'x'] and not training_signup %}yes{% endif %}", "yes"),
        ("{{ training_signup }}", "no"),
        ("{{ first_name | upper }} {{ last_name | lower | title }} {{ last_name | shorten(4) }}", "ANA O’Neil O’N…"),
        ("one\ntwo   three\n \n\nfour", "one two three\n\nfour"),
        ("{% if training_signup %}\nno\n{% endif %}\nyes", "yes"),
        ("{# a note #}x{% raw %}{{ y }}{% endraw %}", "x{{ y }}"),
    ],
)
def test_a_template_renders_the_expected_text(source: str, text: str) -> None:
    assert say(source) == text


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("Hi {{ preferred_name }}", "MESSAGE_VARIABLE_MISSING"),
        ("{% if preferred_name %}x{% endif %}", "MESSAGE_VARIABLE_MISSING"),
        ("{{ preferred_name | money }}", "MESSAGE_VARIABLE_MISSING"),
        ("{{ preferred_name ~ 'x' }}", "MESSAGE_VARIABLE_MISSING"),
        ("{{ preferred_name == 'x' }}", "MESSAGE_VARIABLE_MISSING"),
        ("{{ preferred_name | default(preferred_name) }}", "MESSAGE_VARIABLE_MISSING"),
        ("x" * (LIMIT + 1), "MESSAGE_TOO_LONG"),
        ("{{ training_at | default('') }}", "MESSAGE_UNUSABLE"),
        ("={{ first_name }}", "MESSAGE_UNUSABLE"),
        ("\n @all", "MESSAGE_UNUSABLE"),
        (r"a{{ '\x00' }}", "MESSAGE_UNUSABLE"),
        (r"a{{ '\ud800' }}", "MESSAGE_UNUSABLE"),
        ("{{ first_name + amount_left }}", "MESSAGE_FAILED"),
        ("{{ first_name | money }}", "MESSAGE_FAILED"),
        ("{{ first_name > 3 }}", "MESSAGE_FAILED"),
        ("{{ first_name | shorten(0) }}", "MESSAGE_FAILED"),
        ("{{ ['a'] }}", "MESSAGE_FAILED"),
    ],
)
def test_a_text_that_fails_for_a_mentor_has_an_error_code(source: str, code: str) -> None:
    with pytest.raises(MessageFailedError) as failed:
        say(source)
    assert failed.value.code == code
    assert (failed.value.missing is not None) == (code == "MESSAGE_VARIABLE_MISSING")
    assert not {"Ana", "Neil"} & set(failed.value.reason.split())


@pytest.mark.parametrize("length", [292, 772, LIMIT])
def test_a_message_of_the_maximum_length_is_accepted(length: int) -> None:
    assert len(say("{{ first_name }}" + "é" * (length - 3))) == length


@pytest.mark.parametrize(
    "unusable",
    [
        *(
            "ana@uga.edu",
            "Ana <ana@uga.edu>",
            "N/A",
            "n.a.",
            "none",
            ".",
            "--",
            "Test",
            "xxx",
            "test none",
            "404 555 0123",
        ),
        *("F.12.3", "Mrs.", "NA", "nan"),
    ],
)
@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ first_name }}!",
        "{{ first_name | title }}, you have raised $5.",
        "{{ first_name | default(last_name) }}, hello",
        "Hi {{ preferred_name | default(first_name) }}!",
        "Thanks, {{ last_name ~ first_name }}",
    ],
)
def test_a_name_that_is_an_email_or_a_placeholder_is_not_printed(source: str, unusable: str) -> None:
    with pytest.raises(MessageFailedError) as failed:
        say(source, first_name=unusable)
    assert (failed.value.code, failed.value.missing) == ("MESSAGE_GREETING", None)
    assert unusable not in failed.value.reason.split()


@pytest.mark.parametrize("name", ["Na", "Nan", "Null", "J.", "Ana3", "王", "Jo-Ann", "Dr. Ana"])
def test_a_short_or_unusual_name_is_greeted(name: str) -> None:
    assert say("Hi {{ first_name }}!", first_name=name) == f"Hi {name}!"


@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ personal_email }},",
        "Dear {{ preferred_name | default(personal_email) }}: you",
        "Hey there, {{ preferred_name | default('N/A') }}!",
        "Good morning none. You",
        "Hi Dr. {{ preferred_name | default('none') }}!",
        "👋 Hello {{ preferred_name | default('unknown') }}",
    ],
)
def test_no_message_greets_an_email_or_a_placeholder(source: str) -> None:
    with pytest.raises(MessageFailedError, match="MESSAGE_GREETING"):
        say(source, personal_email="ana@mail.example")


@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ first_name }}, write to team@env.example.",
        "Hello! None of the sessions is full.",
        "Hi all, your email is {{ personal_email }}.",
        "Hi Testa!",
        "{% if preferred_name is defined %}{{ preferred_name }}{% else %}Friend{% endif %}, hello",
    ],
)
def test_emails_and_placeholder_words_outside_a_greeting_are_accepted(source: str) -> None:
    assert say(source, personal_email="ana@mail.example")


ESCAPES = (
    "{{ ''.__class__ }}",
    "{{ first_name.__class__.__mro__[1].__subclasses__() }}",
    "{{ first_name['__class__'] }}",
    "{{ first_name | attr('__class__') }}",
    "{{ first_name.format(first_name) }}",
    "{{ '{0.__class__}' | format(first_name) }}",
    "{{ '%s' % first_name }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum() }}",
    "{{ joiner() }}",
    "{{ namespace() }}",
    "{{ dict() }}",
    "{{ range(999999999) | list }}",
    "{% for x in range(999999999) %}x{% endfor %}",
    "{% for x in 'abc' recursive %}{{ loop(x) }}{% endfor %}",
    "{{ 'a' * 999999999 }}",
    "{{ 9 ** 999999999 }}",
    "{{ 9 // 0 }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ 'a' | center(999999999) }}",
    "{{ 'a' | replace('a', 'aaaa') }}",
    "{{ 'a' | indent(999999999) }}",
    "{% set a = 'aa' %}{% set a = a ~ a %}{{ a }}",
    "{% with a = 1 %}{{ a }}{% endwith %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'x' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}x{% endautoescape %}",
    "{{ first_name is filter }}",
    "{{ first_name is sameas first_name }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ none }}",
    "{{ 'x' if training_signup }}",
    "{{ first_name | default(value='x') }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ " + "9" * 5000 + " }}",
    "{% if 1 %}" * 200 + "{% endif %}" * 200,
)


@pytest.mark.parametrize("source", ESCAPES, ids=[source[:40] for source in ESCAPES])
def test_templates_with_forbidden_constructs_are_refused(source: str) -> None:
    with pytest.raises(LineError) as refused:
        compile_text("Hi\n" + source, 10)
    assert refused.value.line in (10, 11)


PIECES = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", "if", "elif", "else", "endif", "for", "in", "set", "is", "not", "and"),
        *("first_name", "amount_left", "preferred_name", "range", "self", "'", '"', "(", ")", "[", "]", ".", ",", "|"),
        *("money", "default", "upper", "shorten", "defined", "~", "+", "-", "*", "**", "/", "%", "<", "==", "="),
        *("1", "99", "__class__", "\\x00", "\n", " ", "raw", "endraw", "é", "👋", "none", "true"),
    ]
)


@pytest.mark.slow
@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_template_is_refused_or_fails_or_gives_a_text_that_fits_a_cell(source: str) -> None:
    for wrapped in (source, f"{{{{ {source} }}}}"):
        try:
            text = say(wrapped)
        except (LineError, MessageFailedError):
            continue
        assert 1 <= len(text) <= LIMIT
        assert not text.lstrip().startswith(("=", "+", "-", "@"))
        text.encode()
        assert "\x00" not in text
