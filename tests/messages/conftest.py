"""Files to apply in a small settled environment, the one of the tests of review."""

from collections.abc import Callable

import pytest

from tests.support.environment import SandboxEnvironment
from tests.support.small_year import busy_env, busy_snapshot, env, settled_snapshot, start_small, take_snapshot

__all__ = ["busy_env", "busy_snapshot", "env", "settled_snapshot", "start_small", "take_snapshot"]

YEAR = 2025
WriteFile = Callable[..., str]


@pytest.fixture
def write_file(env: SandboxEnvironment, monkeypatch: pytest.MonkeyPatch) -> WriteFile:
    """Call it with the name and texts of a new file in the environment's messages folder."""
    folder = env.folder / "messages"
    folder.mkdir()
    monkeypatch.setenv("MENTORSYNC_MESSAGES_DIR", str(folder))

    def write(
        name: str = "hello",
        *,
        text: str | None = "Hi {{ first_name }}!",
        email: str | None = None,
        audience: str = "everyone",
        include: str = "[dropped]",
        year: int = YEAR,
    ) -> str:
        content = campaign_text(name, text=text, email=email, audience=audience, include=include, year=year)
        (folder / f"{name}.md").write_text(content, encoding="utf-8")
        return f"{name}.md"

    return write


def campaign_text(
    name: str = "hello",
    *,
    text: str | None = "Hi {{ first_name }}!",
    email: str | None = None,
    audience: str = "everyone",
    include: str = "[dropped]",
    year: int = YEAR,
) -> str:
    """A campaign file."""
    bodies = {column: body for column, body in (("text", text), ("email", email)) if body is not None}
    parts = "\n".join(f"# {column}\n{body}" for column, body in bodies.items())
    return (
        f"---\nname: {name}\nyear: {year}\naudience: {audience}\ninclude: {include}\n"
        f"columns: [{', '.join(bodies)}]\n---\n{parts}\n"
    )
