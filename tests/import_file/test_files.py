"""The import file in the out folder: there under its name exactly when it is recorded, whenever a run is killed."""

import errno
import hashlib
import os
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import gb_import_files
from mentorsync_pipeline.domain.errors import DatabaseUnavailableError, MentorSyncError
from mentorsync_pipeline.import_file import files
from mentorsync_pipeline.resources.out_folder import OutFolderResource

YEAR = 2025
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
NAME = files.file_name(YEAR, NOW)
HIDDEN = f".{NAME}.unfinished"
CONTENT = b"Givebutter Contact ID\n1\n"


@pytest.fixture
def out(tmp_path):
    return OutFolderResource(path=str(tmp_path / "out"))


def record(engine, content=CONTENT, name=NAME):
    values = {"campaign_year": YEAR, "file_name": name, "sha256": hashlib.sha256(content).hexdigest(), "row_count": 1}
    with engine.begin() as conn:
        row = {**values, "held_back": 0, "run_id": "run", "created_at": NOW, "sync_log_id": 1}
        conn.execute(sa.insert(gb_import_files).values(row))


def repair(engine, out):
    with engine.begin() as conn:
        files.repair_folder(conn, YEAR, out.folder)


def write(out, then=lambda: None):
    """Write the file, and let `then` happen before the block ends."""
    with out.pending() as pending:
        pending.write(NAME, CONTENT)
        then()


def names(out):
    return sorted(str(path.relative_to(out.folder)) for path in out.folder.rglob("*") if path.is_file())


def test_a_file_has_its_name_only_when_the_block_has_ended(out):
    with out.pending() as pending:
        pending.write(NAME, CONTENT)
        assert names(out) == [HIDDEN]
    assert names(out) == [NAME]
    assert pending.path.read_bytes() == CONTENT
    assert pending.path.stat().st_mode & 0o777 == 0o600


def test_a_failed_block_leaves_no_file(out):
    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(out, fail)
    assert names(out) == []


@pytest.mark.parametrize("is_committed", [True, False])
def test_after_a_lost_connection_the_next_run_settles_the_file(engine, out, is_committed):
    def lose():
        if is_committed:
            record(engine)
        raise DatabaseUnavailableError("lost", "again")

    with pytest.raises(DatabaseUnavailableError):
        write(out, lose)
    assert names(out) == [HIDDEN]
    repair(engine, out)
    assert names(out) == ([NAME] if is_committed else [])


def test_a_recorded_file_is_finished_also_by_who_reads_it(engine, out):
    record(engine)
    (out.folder / HIDDEN).write_bytes(CONTENT)
    with engine.connect() as conn:
        path = files.on_disk(files.find(conn, YEAR), out.folder)
    assert path.read_bytes() == CONTENT
    assert names(out) == [NAME]


def test_what_no_table_knows_is_removed_or_set_aside(engine, out):
    record(engine)
    (out.folder / NAME).write_bytes(CONTENT)
    (out.folder / HIDDEN).write_bytes(b"half")
    old = "mentors-2025-20251001T120000Z.csv"
    (out.folder / old).write_bytes(b"nobody recorded it")
    others = ["mentors-2024-20241001T120000Z.csv", ".mentors-2024-20241001T120000Z.csv.unfinished", "mine.csv"]
    for name in others:
        (out.folder / name).write_bytes(b"x")
    for _ in range(2):
        repair(engine, out)
        assert names(out) == sorted([NAME, f"unrecorded/{old}", *others])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("where", ["fsync", "write"])
def test_a_full_disk_is_named_and_leaves_nothing(out, monkeypatch, code, where):
    def full(*_):
        raise OSError(code, os.strerror(code))

    if where == "fsync":
        monkeypatch.setattr("os.fsync", full)
    else:
        monkeypatch.setattr("mentorsync_pipeline.runtime.atomic_files.open_private", full)
    with pytest.raises(MentorSyncError, match=r"DISK_FULL: .*Free space on the disk of MENTORSYNC_OUT_DIR"):
        write(out)
    assert names(out) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(MentorSyncError, match=r"FOLDER_NOT_WRITABLE: .*MENTORSYNC_OUT_DIR"):
        _ = OutFolderResource(path=str(tmp_path / "file" / "out")).folder

    def denied(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("mentorsync_pipeline.runtime.atomic_files.open_private", denied)
    out = OutFolderResource(path=str(tmp_path / "out"))
    with pytest.raises(MentorSyncError, match=r"FOLDER_NOT_WRITABLE: .*Permission denied"):
        write(out)
    assert names(out) == []
