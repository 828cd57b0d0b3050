"""The health check `/healthz`: 200 if the console can read its database, otherwise 503.

It is a readiness check: restarting a console whose database is unavailable does not help.
"""

import threading

import anyio.to_thread
import sqlalchemy as sa
from anyio import move_on_after
from starlette.responses import PlainTextResponse

from mentorsync_pipeline.console.dependencies import Services, ServicesDep

# A suspended server accepts connections and never answers.
TIMEOUT_SECONDS = 3.0
_SICK = "The database does not answer."


async def health(services: ServicesDep) -> PlainTextResponse:
    """Check that the database answers in time. The response has no details, because it needs no login."""
    with move_on_after(TIMEOUT_SECONDS):
        if await anyio.to_thread.run_sync(_database_answers, services, abandon_on_cancel=True):
            return PlainTextResponse("ok")
    return PlainTextResponse(_SICK, 503, {"Retry-After": "10"})


# One query at a time, so that a server that hangs blocks one thread at most; other requests are answered at once.
_asking = threading.Lock()


def _database_answers(services: Services) -> bool:
    if not _asking.acquire(timeout=TIMEOUT_SECONDS):
        return False
    try:
        with services.reading() as conn:
            conn.execute(sa.select(1))
    except sa.exc.SQLAlchemyError:
        return False
    finally:
        _asking.release()
    return True
