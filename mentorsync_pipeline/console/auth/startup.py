"""Checks and notices at the start of the console."""

from mentorsync_pipeline.console.auth.anonymous import serves_this_machine_only
from mentorsync_pipeline.console.auth.secret import session_secret
from mentorsync_pipeline.console.auth.users import UserFile, UsersError
from mentorsync_pipeline.runtime.settings import Settings


def require_safe_start(settings: Settings, users: UserFile) -> None:
    """Refuse to start a console that is reachable by others without users, or has a weak secret.

    It is reachable by its listening address or by its public URL (a proxy). Raises UsersError, also for an invalid
    users file, and SecretError.
    """
    if not users.users and not serves_this_machine_only(settings):
        raise UsersError(
            f"The console has no users, so it does not start where others can reach it: it listens on"
            f" {settings.console_host}, and its address is {settings.console_url}.",
            "Add one first: mentorsync console add-user NAME --editor.",
        )
    session_secret(settings)


def login_notice(settings: Settings, users: UserFile) -> str | None:
    """Return a notice for a console without users: nobody can log in, or access without login is allowed."""
    if users.users:
        return None
    if settings.console_anonymous:
        return "Everybody on this machine may use the console without a login, until it has a user."
    return (
        "The console has no users, so no login is possible."
        " Add one, also while it runs: mentorsync console add-user NAME --editor."
        " To use it on this machine without a login: MENTORSYNC_CONSOLE_ANONYMOUS=1."
    )
