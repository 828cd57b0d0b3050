"""Log lines of the console's process."""

import logging

import psycopg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.console.server import remove_private_text


def test_an_unexpected_error_is_logged_without_its_text(caplog):
    log = logging.getLogger("tests.console.serving")
    log.addFilter(remove_private_text)
    row = {"email": "ann@students.example"}
    cause = psycopg.Error("\x1b[2J(Ann, 555)")
    try:
        raise sa.exc.IntegrityError("INSERT", row, cause)
    except sa.exc.IntegrityError:
        log.exception("Exception in ASGI application")
    text = logging.Formatter().format(caplog.records[0])
    assert "UNEXPECTED_ERROR: IntegrityError in test_serving.py" in text
    assert not [private for private in ("ann@", "(Ann", "\x1b") if private in text]


@pytest.mark.parametrize("message", ["Started", "50 %"])
def test_other_log_lines_are_unchanged(message, caplog):
    log = logging.getLogger("tests.console.serving")
    log.addFilter(remove_private_text)
    log.warning("%s", message)
    assert caplog.messages == [message]
