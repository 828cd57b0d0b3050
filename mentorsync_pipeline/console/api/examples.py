"""Examples of the API's documentation: values of parameters by name, and bodies by method and path."""

from collections.abc import Mapping
from typing import Any

PARAMETERS: Mapping[str, Any] = {
    "year": 2025,
    "mn_id": "MN1001",
    "conflict_id": 42,
    "file_id": 3,
    "run_id": "6b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "search": "robin",
    "campaign": "welcome",
}
_SEEN = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
_CONTACTS = {"contact_ids": [17000123, 17000456]}
_IDS = {"ids": [7, 8]}
BODIES: Mapping[str, Any] = {
    "POST /api/{year}/close": {"force": False},
    "POST /api/{year}/open-next": {
        "campaign_year": 2026,
        "jotform_signup_form_id": "260685983663169",
        "jotform_setup_form_id": "260754977634066",
        "jotform_training_form_id": "262935716589069",
        "givebutter_campaign_code": "SWABUGA2026",
        "event_date": "2026-11-08",
    },
    "POST /api/{year}/attendance/check-in": {"mn_id": "MN1001", "session": "Tuesday, online"},
    "POST /api/{year}/attendance/cash": {"mn_id": "MN1001", "amount": "25.00"},
    "POST /api/{year}/attendance/notes": {"mn_id": "MN1001", "note": "Comes an hour later."},
    "POST /api/{year}/attendance/undo": {"record_id": 12},
    "POST /api/{year}/attendance/import": {"csv": "MN id\nMN1001\nMN1002\n", "session": "Tuesday, online"},
    "POST /api/{year}/archive/plan": {"purpose": "duplicates"},
    "POST /api/{year}/archive/approve": {"purpose": "duplicates", "plan_fingerprint": _SEEN, **_CONTACTS},
    "POST /api/{year}/archive/reject": {"purpose": "duplicates", **_CONTACTS, "reason": "Her mother's contact."},
    "POST /api/{year}/archive/reject/undo": _CONTACTS,
    "POST /api/{year}/archive/apply": {"purpose": "duplicates"},
    "POST /api/{year}/archive/restore": {"contact_id": 17000123},
    "POST /api/{year}/conflicts/accept": {"conflicts": [{"id": 42, "seen": _SEEN}], "reason": "Checked by phone."},
    "POST /api/{year}/conflicts/{conflict_id}/answer": {"choice": "a", "reason": "Asked the mentor."},
    "POST /api/{year}/conflicts/{conflict_id}/undo": {"decision_id": 9},
    "POST /api/contacts/refresh": {"mode": "api_changes"},
    "POST /api/{year}/export": {"force_reason": "The contacts are of this morning."},
    "POST /api/{year}/messages/apply": {"campaign": "welcome"},
    "POST /api/{year}/messages/clear": {"campaign": "welcome"},
    "POST /api/{year}/errors/retry": _IDS,
    "POST /api/{year}/errors/ignore": _IDS,
    "POST /api/{year}/errors/reopen": _IDS,
    "POST /api/{year}/errors/accept": _IDS,
    "POST /api/{year}/warnings/acknowledge": _IDS,
    "POST /api/{year}/warnings/reopen": _IDS,
}
