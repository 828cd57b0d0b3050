"""Import files in the out folder: a file has its final name exactly when it is recorded, even after a killed run."""

import errno
import hashlib
import os
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import gb_import_files
from mentorsync_pipeline.domain.errors import DatabaseUnavailableError, MentorSyncError
from mentorsync_pipeline.import_file import out_files
from mentorsync_pipeline.resources.out_folder import OutFolderResource

YEAR = 2025
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
NAME = out_files.build_file_name(YEAR, NOW)
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
        out_files.repair_folder(conn, YEAR, out.folder)


def write(out, then=lambda: None):
    """Write the file and call `then` before the block ends."""
    with out.pending() as pending:
        pending.write(NAME, CONTENT)
        then()


def names(out):
    return sorted(str(path.relative_to(out.folder)) for path in out.folder.rglob("*") if path.is_file())


def test_a_file_gets_its_final_name_when_the_block_ends(out):
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
def test_after_a_lost_connection_repair_finishes_or_removes_the_file(engine, out, is_committed):
    def lose():
        if is_committed:
            record(engine)
        raise DatabaseUnavailableError("lost", "again")

    with pytest.raises(DatabaseUnavailableError):
        write(out, lose)
    assert names(out) == [HIDDEN]
    repair(engine, out)
    assert names(out) == ([NAME] if is_committed else [])


def test_locating_a_recorded_file_gives_it_its_final_name(engine, out):
    record(engine)
    (out.folder / HIDDEN).write_bytes(CONTENT)
    with engine.connect() as conn:
        path = out_files.locate_file(out_files.find_file(conn, YEAR), out.folder)
    assert path.read_bytes() == CONTENT
    assert names(out) == [NAME]


def test_unrecorded_files_are_removed_or_moved_to_a_subfolder(engine, out):
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
def test_a_full_disk_is_reported_and_leaves_no_file(out, monkeypatch, code, where):
    def full(*_):
        raise OSError(code, os.strerror(code))

    if where == "fsync":
        monkeypatch.setattr("os.fsync", full)
    else:
        monkeypatch.setattr("mentorsync_pipeline.runtime.atomic_files.open_private", full)
    with pytest.raises(MentorSyncError, match=r"DISK_FULL: .*Free space on the disk of MENTORSYNC_OUT_DIR"):
        write(out)
    assert names(out) == []


def test_an_unwritable_folder_is_reported(tmp_path, monkeypatch):
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
