"""Notifications as a resource: Slack, email and other services of Apprise, by URLs in MENTORSYNC_NOTIFY_URLS.

The URLs contain passwords and are never shown.
"""

import logging
from collections.abc import Sequence

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.settings import load_settings


class NotifyError(MentorSyncError):
    """A notification could not be sent to all services."""

    code = "NOTIFY_FAILED"


class NotifierResource(dg.ConfigurableResource[None]):
    """The services of MENTORSYNC_NOTIFY_URLS."""

    @property
    def _urls(self) -> Sequence[str]:
        urls = load_settings().notify_urls
        return urls.get_secret_value().replace(",", " ").split() if urls else ()

    @property
    def is_set(self) -> bool:
        """Return whether a service is configured."""
        return bool(self._urls)

    def send(self, title: str, body: str) -> int:
        """Send a message to all services and return their number. Raises NotifyError if one fails."""
        from apprise import Apprise  # noqa: PLC0415  # takes long, and most processes send no notification

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages contain the URLs
        urls = self._urls
        for number, url in enumerate(urls, 1):
            service = Apprise()
            if not service.add(url):
                raise NotifyError(
                    f"URL {number} of MENTORSYNC_NOTIFY_URLS is unknown to Apprise.",
                    "Compare it with https://appriseit.com/services/.",
                )
            if not service.notify(title=title, body=body):
                raise NotifyError(
                    f"The service of URL {number} of MENTORSYNC_NOTIFY_URLS did not accept the message.",
                    "Check it with: mentorsync notify --test.",
                )
        return len(urls)
