"""The declarations of the forms; test_declarations.py adds one."""

from mentorsync_pipeline.db.tables import metadata
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, FORMS, KEY_ANSWERS, SIGNUP


def test_every_form_has_its_own_table_and_keys() -> None:
    for names in ([form.name for form in FORMS], [form.table for form in FORMS]):
        assert len(set(names)) == len(FORMS)
    for form in FORMS:
        table = metadata.tables[f"mentorsync.{form.table}"]
        assert all(table.c[name].comment for name in form.columns)
        assert "mn_id" in form.columns
    assert SIGNUP not in ENTRY_FORMS
    assert all(form.key_answers == KEY_ANSWERS for form in ENTRY_FORMS)
