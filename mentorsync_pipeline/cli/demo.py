"""`mentorsync demo`: the whole loop, twice around, on invented people and services of this machine.

The demo has a home of its own (`demo` in MENTORSYNC_HOME) and never touches another database, key or folder.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, show, write

if TYPE_CHECKING:
    from mentorsync_pipeline.sandbox.server import SandboxServer

# The sandbox allows 500; the demo need not be as careful as with the real service.
_REQUESTS_PER_MINUTE = "480"
_ROUNDS = 2


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    mentors: Annotated[int, typer.Option(min=1, help="How many mentors sign up.")] = 976,
    contacts: Annotated[int, typer.Option(min=0, help="How many contacts Givebutter holds.")] = 40_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 1,
    as_json: Json = False,
) -> None:
    """Run the whole loop twice on invented people: sync, file, import, export, upload, sync again."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from mentorsync_pipeline.campaigns.configuration import shipped_campaigns  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.population import generate  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.server import SandboxServer  # noqa: PLC0415

    year = max(shipped_campaigns())
    home = demo_home()
    _say(f"Inventing {mentors} mentors and {contacts} contacts (seed {seed}).")
    world = generate(seed, mentors, contacts, year=year, now=datetime.now(UTC))
    with SandboxServer(world) as sandbox:
        use_demo_settings(home, year, jotform_url=sandbox.jotform_url, givebutter_url=sandbox.givebutter_url)
        _start_afresh(home)
        _configure(sandbox, year)
        _say(f"\nThe mentors of {year - 1}, so that their ids are known")
        _run("sync", year=year - 1, assets=["raw_mn_signups", "deduplicated_signups"])
        rounds = [_round(sandbox, year, number) for number in range(1, _ROUNDS + 1)]
        _upload(sandbox)
        last = _sync(sandbox, year, f"Sync {_ROUNDS + 1}")
    result = {"campaign_year": year, "seed": seed, "mentors": mentors, "contacts": contacts, "home": str(home)}
    show(result | {"rounds": rounds, "last_sync": last}, as_json=as_json, lines=_summary(rounds, last, home))


def demo_home() -> Path:
    """The demo's own home, inside of the usual one."""
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    home = load_settings().home
    return home if home.name == "demo" else home / "demo"


def use_demo_settings(home: Path, year: int, *, jotform_url: str, givebutter_url: str) -> None:
    """Point this process at the demo's home and at the sandbox; an empty variable also hides one of a `.env` file."""
    from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY  # noqa: PLC0415

    os.environ.update(
        {
            "MENTORSYNC_HOME": str(home),
            "MENTORSYNC_DATABASE_URL": "",
            "DAGSTER_PG_URL": "",
            "MENTORSYNC_DROP_DIR": "",
            "MENTORSYNC_OUT_DIR": "",
            "MENTORSYNC_FIRST_YEAR": str(year - 1),
            "JOTFORM_API_URL": jotform_url,
            "JOTFORM_API_KEY": JOTFORM_KEY,
            "JOTFORM_TIMEZONE": "",
            "GIVEBUTTER_API_URL": givebutter_url,
            "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
            "GIVEBUTTER_REQUESTS_PER_MINUTE": _REQUESTS_PER_MINUTE,
        }
    )


def _start_afresh(home: Path) -> None:
    """Forget an earlier demo: its tables, its files. Dagster keeps the earlier runs."""
    import sqlalchemy as sa  # noqa: PLC0415

    from mentorsync_pipeline.db.migrate import upgrade  # noqa: PLC0415
    from mentorsync_pipeline.db.tables import SCHEMA  # noqa: PLC0415
    from mentorsync_pipeline.resources.warehouse import engine_for  # noqa: PLC0415
    from mentorsync_pipeline.runtime.instance import fill_environment  # noqa: PLC0415

    engine = engine_for(fill_environment().warehouse.render_as_string(hide_password=False))
    with engine.begin() as conn:
        conn.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    upgrade(engine)
    for folder in ("drop", "out"):
        shutil.rmtree(home / folder, ignore_errors=True)
        (home / folder).mkdir(parents=True)


def _configure(sandbox: "SandboxServer", year: int) -> None:
    from mentorsync_pipeline.runtime.run_options import CampaignValues, options_of  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.campaign_file import campaign_settings  # noqa: PLC0415

    for which, previous in ((year - 1, True), (year, False)):
        values = campaign_settings(sandbox.world.config, year, previous=previous)
        _run("configure", year=which, config=options_of("sync_configs", CampaignValues(values=values)))


def _round(sandbox: "SandboxServer", year: int, number: int) -> dict[str, Any]:
    """Once around: export, upload, sync, import."""
    _upload(sandbox)
    done = _sync(sandbox, year, f"Sync {number}")
    imported = sandbox.dashboard.import_csv(Path(done["file"]).read_bytes())
    _say(
        f"\nImport {number} into Givebutter: {imported.accepted} rows accepted ({len(imported.created)} contacts new, "
        f"{len(imported.updated)} updated, {imported.unchanged} as they were), {imported.rejected} rejected."
    )
    return done | {
        "accepted": imported.accepted,
        "rejected": imported.rejected,
        "created": len(imported.created),
        "updated": len(imported.updated),
        "unchanged": imported.unchanged,
    }


def _upload(sandbox: "SandboxServer") -> None:
    """Export the contacts in Givebutter's dashboard, and upload the file."""
    from mentorsync_pipeline.cli.contacts import upload_config  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    path = sandbox.dashboard.export_to(Path(load_settings().drop_dir))
    _say(f"\nUpload of {path.name}, exported from Givebutter")
    _run("upload_contacts", config=upload_config(path))


def _sync(sandbox: "SandboxServer", year: int, title: str) -> dict[str, Any]:
    """Run one sync and report correct winners and mentors who need a decision."""
    from mentorsync_pipeline.cli.demo_report import judge  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import reading  # noqa: PLC0415

    _say(f"\n{title}")
    report = _run("sync", year=year)
    with reading() as conn:
        judged = judge(conn, sandbox.sandbox, year, report.run_id)
    _say(
        f"  {judged['right']} of {judged['decided']} automatic winners are right; "
        f"{judged['waiting']} mentors need a decision ({judged['waiting'] / judged['mentors']:.1%}); "
        f"{judged['changes']} changes."
    )
    return judged | {"seconds": round(report.seconds, 1), "file": str(report.assets["gb_import_file"]["path"])}


def _run(job: str, **options: Any) -> Any:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    return run(job, **options)


def _summary(rounds: list[dict[str, Any]], last: dict[str, Any], home: Path) -> str:
    rejected = sum(done["rejected"] for done in rounds)
    linked = rounds[1]["changes_by_field"].get("gb_contact_id", 0)
    others = rounds[1]["changes"] - linked
    return "\n".join(
        [
            "",
            f"Rows that Givebutter rejected:   {rejected}",
            f"Winners that are right:          {last['right']} of {last['decided']} decided automatically",
            f"Mentors who need a decision:     {last['waiting']} of {last['mentors']}",
            f"Second sync:                     {linked} new contacts got their Givebutter id, {others} other changes",
            f"Third sync:                      {last['changes']} changes",
            f"The file for Givebutter:         {last['file']}",
            "",
            "Look at it in the browser:       mentorsync up --demo  (or: make up ARGS=--demo)",
            f"Everything of the demo lies in   {home}",
        ]
    )


def _say(text: str) -> None:
    write(text, err=True)
