"""Who is told, as a resource: Slack, email and whatever else Apprise knows, by the URLs of MENTORSYNC_NOTIFY_URLS.

The URLs hold passwords: they are shown nowhere.
"""

import logging
from collections.abc import Sequence

import dagster as dg

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.settings import load_settings


class NotifyError(MentorSyncError):
    """A message that did not reach everybody."""

    code = "NOTIFY_FAILED"


class NotifierResource(dg.ConfigurableResource[None]):
    """The services of MENTORSYNC_NOTIFY_URLS."""

    @property
    def _urls(self) -> Sequence[str]:
        given = load_settings().notify_urls
        return given.get_secret_value().replace(",", " ").split() if given else ()

    @property
    def is_set(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._urls)

    def send(self, title: str, body: str) -> int:
        """Tell everybody and return how many services that were. Raises NotifyError when one did not take it."""
        from apprise import Apprise  # noqa: PLC0415  # takes long, and most processes tell nobody

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages hold the URLs
        urls = self._urls
        for number, url in enumerate(urls, 1):
            service = Apprise()
            if not service.add(url):
                raise NotifyError(
                    f"URL {number} of MENTORSYNC_NOTIFY_URLS is none that Apprise knows.",
                    "Compare it with https://appriseit.com/services/.",
                )
            if not service.notify(title=title, body=body):
                raise NotifyError(
                    f"The service of URL {number} of MENTORSYNC_NOTIFY_URLS did not take the message.",
                    "Check it with: mentorsync notify --test.",
                )
        return len(urls)
