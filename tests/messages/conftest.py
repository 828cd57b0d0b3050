"""A small settled house for the tests of messages, and files to apply in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from databases import Databases
from mentorsync_pipeline.sandbox.population import generate
from review.conftest import Moment, brought, copied
from review.house import START, House

YEAR = 2025
WriteFile = Callable[..., str]


@pytest.fixture(scope="session")
def settled(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """A small house twice around: everybody is linked."""

    def bring(house: House) -> None:
        house.round()
        house.sync()

    world = generate(3, 14, 28, year=YEAR, now=START)
    return brought(world, new_database(), tmp_path_factory.mktemp("messages"), bring)


@pytest.fixture
def house(settled: Moment, new_database: Databases, tmp_path: Path) -> Iterator[House]:
    """This test's own copy of it."""
    yield from copied(settled, new_database, tmp_path)


@pytest.fixture
def write_file(house: House) -> WriteFile:
    """Call it with the texts for the name of a new file in the house's folder."""

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
        (house.folder / "messages" / f"{name}.md").write_text(content, encoding="utf-8")
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
