"""Sequences that once broke an invariant, by its kind; none may break one again."""

from tests.seasons.kept.answers_sequences import ANSWERS
from tests.seasons.kept.archive_sequences import ARCHIVES
from tests.seasons.kept.cells_sequences import CELLS
from tests.seasons.kept.edits_sequences import EDITS
from tests.seasons.kept.files_sequences import FILES
from tests.seasons.kept.junk_names_sequences import JUNK_NAMES
from tests.seasons.kept.matching_sequences import MATCHING
from tests.seasons.kept.mn_ids_sequences import MN_IDS
from tests.seasons.kept.moved_keys_sequences import MOVED_KEYS
from tests.seasons.kept.names_sequences import NAMES
from tests.seasons.kept.own_import_sequences import OWN_IMPORTS
from tests.seasons.kept.pages_sequences import PAGES
from tests.seasons.kept.people_sequences import PEOPLE
from tests.seasons.kept.shared_ids_sequences import SHARED_IDS

FOUND = (
    *ANSWERS,
    *MATCHING,
    *PEOPLE,
    *PAGES,
    *EDITS,
    *OWN_IMPORTS,
    *FILES,
    *NAMES,
    *JUNK_NAMES,
    *MOVED_KEYS,
    *CELLS,
    *ARCHIVES,
    *MN_IDS,
    *SHARED_IDS,
)
