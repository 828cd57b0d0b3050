"""What happens around an apply that is killed (rulebook section 10)."""

from tests.seasons.loop_actions import carry_out
from tests.seasons.season import ACTIONS, Season, action
from tests.support.pure_year import AFTER_ARCHIVE


@action("killed apply whose contact a person restores", 2)
def _killed_and_restored(season: Season, a: int, b: int, c: int) -> str | None:
    """A duplicate is made and planned; the apply that archives it is killed, and perhaps repeated after its restore."""
    town = season.town
    sentences = [ACTIONS["a newsletter creates a duplicate"].take(season, a, 0, 0)]
    season.quiet_round()
    town.tick()
    season.sync(town.feed())
    town.tick()
    sentences.append("a quiet round and a sync")
    active = {contact.id for contact in town.living_contacts()}
    sentences.append(carry_out(season, (AFTER_ARCHIVE, 1)))
    town.tick()
    for contact in town.archived_contacts():
        if contact.id in active:
            town.contacts.change(contact, archived_at=None)
            season.watch.restored(contact.id)
            sentences.append(f"contact {contact.id} is restored in Givebutter")
    if b % 2:
        sentences.append(carry_out(season, None))
    return "; ".join(filter(None, sentences))
