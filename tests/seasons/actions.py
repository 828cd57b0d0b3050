"""All actions of a season, registered.

A seed stands for a sequence of steps by the order in which actions are registered, so the order of these imports stays.
"""

from tests.seasons import jotform_actions, givebutter_actions, loop_actions, form_actions, staff_actions  # isort: skip
from tests.seasons import habit_actions, import_actions, turnover_actions, partial_actions  # isort: skip
from tests.seasons import value_actions, list_actions, mn_id_actions, archive_actions  # isort: skip
from tests.seasons.season import ACTIONS, Season, Step

__all__ = [
    "ACTIONS",
    "Season",
    "Step",
    "archive_actions",
    "form_actions",
    "givebutter_actions",
    "habit_actions",
    "import_actions",
    "jotform_actions",
    "list_actions",
    "loop_actions",
    "mn_id_actions",
    "partial_actions",
    "staff_actions",
    "turnover_actions",
    "value_actions",
]
