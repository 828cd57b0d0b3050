"""`mentorsync demo`: run the whole loop twice with invented people and local services.

The demo uses its own home (`demo` in MENTORSYNC_HOME) and no other database, key or folder. Its sandbox is kept in a
file there, which `mentorsync up --demo` continues.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentorsync_pipeline.cli.output import Json, show, write
from mentorsync_pipeline.cli.sandbox_file import demo_file, open_sandbox_file
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    from mentorsync_pipeline.runtime.settings import Settings
    from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer

# The sandbox allows 500; the default for the real service is lower.
_REQUESTS_PER_MINUTE = "480"
# Selection of a sync's assets when only the sign-ups have changed.
_AFTER_SIGNUPS = ("raw_mn_signups", "deduplicated_signups", "contact_candidates", "winner_contacts", "mentors")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    mentors: Annotated[int, typer.Option(min=1, help="Number of mentors.")] = 976,
    contacts: Annotated[int, typer.Option(min=0, help="Number of contacts in Givebutter.")] = 40_000,
    seed: Annotated[int, typer.Option(help="Seed of the invented people.")] = 1,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Only prepare the people and the settings; run the loop yourself.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the whole loop twice with invented people: export, upload, sync, import; with corrections in between.

    Replaces an earlier demo.
    """
    from mentorsync_pipeline.campaigns.configuration import shipped_campaigns  # noqa: PLC0415

    year = max(shipped_campaigns())
    home = demo_home()
    result = {"campaign_year": year, "seed": seed, "mentors": mentors, "contacts": contacts, "home": str(home)}
    with _prepared_sandbox(home, year, seed=seed, mentors=mentors, contacts=contacts) as sandbox:
        if by_hand:
            lines = "\nPrepared. Continue in the browser:  mentorsync up --demo  (or: make up ARGS=--demo)"
            show(result, as_json=as_json, lines=lines)
            return
        _upload(sandbox)
        first = _sync(sandbox, year, "Sync 1")
        _make_early_edits(sandbox)
        first |= _import(sandbox, first["file"], 1)
        _make_later_edits(sandbox, year)
        _upload(sandbox, is_edited=True)
        second = _sync(sandbox, year, "Sync 2")
        second |= _import(sandbox, second["file"], 2)
        _upload(sandbox)
        last = _sync(sandbox, year, "Sync 3") | _measure_links(sandbox, year)
    rounds = [first, second]
    show(result | {"rounds": rounds, "last_sync": last}, as_json=as_json, lines=_summary(rounds, last, home))


@contextmanager
def _prepared_sandbox(home: Path, year: int, *, seed: int, mentors: int, contacts: int) -> "Iterator[SandboxServer]":
    """Serve a new world that is kept in the demo's file, over a new database with configured years."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.population import SandboxForms, generate  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer  # noqa: PLC0415

    with open_sandbox_file(demo_file(home)) as file:
        file.delete()
        _print(f"Generating {mentors} mentors and {contacts} contacts (seed {seed}).")
        forms = replace(SandboxForms(), member_page=f"{sandbox_url(load_settings())}/c/{{member_id}}")
        world = generate(seed, mentors, contacts, year=year, now=datetime.now(UTC), config=forms)
        with SandboxServer(world) as sandbox:
            use_demo_settings(home, year, jotform_url=sandbox.jotform_url, givebutter_url=sandbox.givebutter_url)
            _delete_earlier_demo(home)
            _configure(sandbox, year)
            _print(f"\nLoad the mentors of {year - 1}, whose ids occur in the contacts")
            _run("sync", year=year - 1, assets=["raw_mn_signups", "deduplicated_signups"])
            _print(f"\nFetch the forms and the fundraising pages of {year}")
            _run("jotform", year=year)
            _run("sync", year=year, assets=["raw_gb_campaign_members"])
            file.create(world)  # last, so that `up --demo` continues a complete demo only
            sandbox.sandbox.file = file
            yield sandbox


def sandbox_url(settings: "Settings") -> str:
    """Return the address of the demo's sandbox, which `mentorsync up --demo` starts."""
    return f"http://{settings.sandbox_host}:{settings.sandbox_port}"


def demo_home() -> Path:
    """Return the home of the demo, a subfolder of the configured home."""
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    home = load_settings().home
    return home if home.name == "demo" else home / "demo"


def use_demo_settings(home: Path, year: int, *, jotform_url: str, givebutter_url: str) -> None:
    """Set the environment to the demo's home and the sandbox. Empty values override a `.env` file."""
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


def _delete_earlier_demo(home: Path) -> None:
    """Delete tables and files of an earlier demo. Dagster keeps the earlier runs."""
    import sqlalchemy as sa  # noqa: PLC0415

    from mentorsync_pipeline.db.migrate import upgrade  # noqa: PLC0415
    from mentorsync_pipeline.db.tables import SCHEMA  # noqa: PLC0415
    from mentorsync_pipeline.runtime.engine import get_engine  # noqa: PLC0415
    from mentorsync_pipeline.runtime.environment import prepare_environment  # noqa: PLC0415

    engine = get_engine(prepare_environment().warehouse.render_as_string(hide_password=False))
    with engine.begin() as conn:
        conn.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    upgrade(engine)
    for folder in ("drop", "out"):
        shutil.rmtree(home / folder, ignore_errors=True)
        (home / folder).mkdir(parents=True)


def _configure(sandbox: "SandboxServer", year: int) -> None:
    from mentorsync_pipeline.runtime.run_options import CampaignValues, build_run_config  # noqa: PLC0415
    from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings  # noqa: PLC0415

    for campaign_year, previous in ((year - 1, True), (year, False)):
        settings = campaign_settings(sandbox.world.config, year, previous=previous)
        options = CampaignValues.from_settings(settings)
        _run("configure", year=campaign_year, config=build_run_config("sync_configs", options))


def _import(sandbox: "SandboxServer", file: str, number: int) -> dict[str, Any]:
    """Import a sync's file into Givebutter."""
    path = Path(file)
    imported = sandbox.dashboard.import_csv(path.read_bytes(), path.name)
    sandbox.sandbox.save()
    _print(
        f"\nImport {number} into Givebutter: {imported.accepted} rows accepted ({len(imported.created)} contacts new, "
        f"{len(imported.updated)} updated, {imported.unchanged} unchanged), {imported.rejected} rejected."
    )
    return {
        "accepted": imported.accepted,
        "rejected": imported.rejected,
        "created": len(imported.created),
        "updated": len(imported.updated),
        "unchanged": imported.unchanged,
    }


def _make_early_edits(sandbox: "SandboxServer") -> None:
    """Correct answers while the first file waits for its import."""
    from mentorsync_pipeline.sandbox.later_edits import make_early_edits  # noqa: PLC0415

    make_early_edits(sandbox.sandbox)
    sandbox.sandbox.save()
    count = format_count(len(sandbox.world.later.corrected_early), "student")
    _print(f"\nBefore the file is imported, {count} correct a phone")


def _make_later_edits(sandbox: "SandboxServer", year: int) -> None:
    """Correct answers, edit and unsubscribe contacts; delete sign-ups, sync, and restore them."""
    from mentorsync_pipeline.sandbox.later_edits import make_later_edits, restore_signups  # noqa: PLC0415

    later = sandbox.world.later
    make_later_edits(sandbox.sandbox)
    sandbox.sandbox.save()
    _print(
        f"\nMeanwhile {len(later.corrected)} students correct a phone, an email, a name or a mentor id, "
        f"{format_count(len(later.edited), 'contact')} edited in Givebutter, "
        f"{len(later.unsubscribed)} people unsubscribe, and {len(later.deleted)} sign-ups are deleted by mistake"
    )
    _run("sync", year=year, assets=[*_AFTER_SIGNUPS])
    restore_signups(sandbox.sandbox)
    sandbox.sandbox.save()
    _print("  The deleted sign-ups are restored.")


def _measure_links(sandbox: "SandboxServer", year: int) -> dict[str, int]:
    """Count the mentors with corrected sign-ups, those of them with the correct contact, and lost edits."""
    from mentorsync_pipeline.cli.demo_accuracy import count_correct_links, count_lost_edits  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    with open_connection() as conn:
        correct, edited = count_correct_links(conn, sandbox.sandbox, year)
        lost = count_lost_edits(conn, sandbox.sandbox, year)
    return {"links_kept": correct, "links_edited": edited, "edits_lost": lost}


def _upload(sandbox: "SandboxServer", *, is_edited: bool = False) -> None:
    """Export the contacts from Givebutter's dashboard and upload the file, which a spreadsheet may have changed."""
    from mentorsync_pipeline.cli.contacts import upload_config  # noqa: PLC0415
    from mentorsync_pipeline.runtime.settings import load_settings  # noqa: PLC0415

    path = sandbox.dashboard.export_to(Path(load_settings().drop_dir), is_edited=is_edited)
    _print(f"\nUpload {path.name}, exported from Givebutter")
    _run("upload_contacts", config=upload_config(path))


def _sync(sandbox: "SandboxServer", year: int, title: str) -> dict[str, Any]:
    """Run one sync and report correct winners and mentors who need a decision."""
    from mentorsync_pipeline.cli.demo_accuracy import measure_accuracy  # noqa: PLC0415
    from mentorsync_pipeline.cli.session import open_connection  # noqa: PLC0415

    _print(f"\n{title}")
    report = _run("sync", year=year)
    with open_connection() as conn:
        accuracy = measure_accuracy(conn, sandbox.sandbox, year, report.run_id)
    _print(
        f"  {accuracy['right']} of {accuracy['decided']} automatic winners are correct; "
        f"{format_count(accuracy['waiting'], 'mentor')} waiting for a decision "
        f"({accuracy['waiting'] / accuracy['mentors']:.1%}); "
        f"{accuracy['changes']} changes."
    )
    return accuracy | {"seconds": round(report.seconds, 1), "file": str(report.assets["gb_import_file"]["path"])}


def _run(job: str, **options: Any) -> Any:
    from mentorsync_pipeline.cli.session import run  # noqa: PLC0415

    return run(job, **options)


def _summary(rounds: list[dict[str, Any]], last: dict[str, Any], home: Path) -> str:
    rejected = sum(sync_result["rejected"] for sync_result in rounds)
    linked = rounds[1]["changes_by_field"].get("gb_contact_id", 0)
    other_changes = rounds[1]["changes"] - linked
    false_plans = f"{last['false_archives']} to archive, {last['false_proposals']} need approval"
    return "\n".join(
        [
            "",
            f"Rows that Givebutter rejected:   {rejected}",
            f"Correct automatic winners:       {last['right']} of {last['decided']}",
            f"Mentors who need a decision:     {last['waiting']} of {last['mentors']}",
            f"Second sync:                     {linked} mentors linked to new contacts, {other_changes} other changes",
            f"Third sync:                      {last['changes']} changes",
            f"Links after corrections:         {last['links_kept']} of {last['links_edited']} correct",
            f"Edits lost:                      {last['edits_lost']}",
            f"Other people's contacts:         {false_plans}",
            f"Opt-outs lost:                   {last['opt_outs_lost']}",
            f"Import file:                     {last['file']}",
            "",
            "View it in the browser:          mentorsync up --demo  (or: make up ARGS=--demo)",
            f"Data of the demo:                {home}",
        ]
    )


def _print(text: str) -> None:
    write(text, err=True)
