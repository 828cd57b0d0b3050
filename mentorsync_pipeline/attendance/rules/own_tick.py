"""Distinguish our own tick in Givebutter's attendance box from a person's (rulebook, sections 7 and 14).

The base of the box with a contact (`mentor_bases`) stores what is known:

| `value` | `contact_value` | meaning                                                             |
|---------|-----------------|---------------------------------------------------------------------|
| true    | false           | a check-in is in force, and the box was not ticked: files send ours |
| true    | true            | the tick in the box is our own                                      |
| false   | true            | a person ticked the box in Givebutter                               |
| false   | false           | our tick was cleared                                                |

A tick that appears while ours is being sent is our own only if an import can have made it: a file was written since and
after the check-in, the contact was changed after the file and has the mentor's External ID, and no undo is older than
the change. In all other cases it is a person's, which a sync never clears.

While files clear our tick after an undo, `source_value` is false. If a file was written since and the contact was
changed after the file, the import has cleared our tick, so that a tick in the box is a person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorsync_pipeline.domain.service_clock import SAME_CLOCK, ServiceClock
from mentorsync_pipeline.domain.three_way import Base, is_older_than_base

FIELD = "attended_training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkbox:
    """Givebutter's checkbox on the mentor's contact.

    Attributes:
        modified_at: time of the contact's last change.
        has_external_id: whether the contact has the mentor's External ID, as after each of our imports.

    """

    is_ticked: bool = False
    contact_id: int | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    has_external_id: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTick:
    """What is known of our tick before a run.

    Attributes:
        base: base of the box with this contact, or the one without a contact.
        is_recorded: whether there is such a base with any contact. None was stored before migration 0030.
        file_times: when the year's import files were written.
        clock: Givebutter's clock, which changes of the contact are dated by.

    """

    base: Base | None = None
    is_recorded: bool = False
    file_times: Sequence[datetime] = ()
    clock: ServiceClock = SAME_CLOCK

    def is_own(self, checkbox: Checkbox, recorded_at: datetime | None, undone_at: datetime | None) -> bool:
        """Return whether the tick in the box is our own.

        Args:
            recorded_at: when the mentor's first check-in was recorded; earlier files did not have our tick.
            undone_at: time of an undo in effect.

        """
        base = self.base
        if base is None or not base.value:
            return False
        if base.contact_value:
            return not self._is_ticked_again(base, checkbox, undone_at)
        sent_since = base.confirmed_at if recorded_at is None else max(base.confirmed_at, recorded_at)
        file_at = min((time for time in self.file_times if time >= sent_since), default=None)
        modified_at = checkbox.modified_at
        if file_at is None or not checkbox.has_external_id:
            return False
        created_at = checkbox.created_at
        if base.contact_id is None and created_at is not None and created_at < self.clock.convert(base.confirmed_at):
            return False  # the import creates the contact
        if modified_at is None:
            return True
        is_since_file = modified_at >= self._get_second(file_at)
        return is_since_file and (undone_at is None or modified_at <= self.clock.convert(undone_at))

    def _get_second(self, file_at: datetime) -> datetime:
        """Return the time of a file on Givebutter's clock, in whole seconds as Givebutter dates changes."""
        return self.clock.convert(file_at).replace(microsecond=0)

    def _is_ticked_again(self, base: Base, checkbox: Checkbox, undone_at: datetime | None) -> bool:
        """Return whether the contact was changed after a file that cleared our tick."""
        if base.source_value is not False or checkbox.modified_at is None:
            return False
        cleared_since = base.confirmed_at if undone_at is None else max(base.confirmed_at, undone_at)
        file_at = min((time for time in self.file_times if time >= cleared_since), default=None)
        return file_at is not None and checkbox.modified_at >= self._get_second(file_at)

    def update(self, checkbox: Checkbox, *, is_own: bool, is_cleared: bool = False, as_of: datetime) -> Base | None:
        """Return the base after contact data of `as_of`.

        Args:
            is_own: whether the tick is ours, or is being sent.
            is_cleared: whether files clear it.

        """
        base = self.base
        if is_older_than_base(base, as_of):
            return base
        source_value = False if is_cleared and checkbox.is_ticked else None
        present = (is_own, source_value, checkbox.is_ticked, checkbox.contact_id)
        if base is not None and present == (base.value, base.source_value, base.contact_value, base.contact_id):
            return base
        return Base(
            value=is_own,
            source_value=source_value,
            contact_value=checkbox.is_ticked,
            contact_id=checkbox.contact_id,
            confirmed_at=as_of,
        )


NOTHING_SENT = SentTick()
