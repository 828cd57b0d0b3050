"""Files are written atomically; links stay, and devices and pipes are written to."""

import os
import threading

import pytest

from mentorsync_pipeline.runtime.atomic_files import write_private_file


def test_a_link_keeps_leading_to_its_file(tmp_path):
    target, link = tmp_path / "users.yaml", tmp_path / "link.yaml"
    target.write_text("old")
    link.symlink_to(target)
    write_private_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "users.yaml"]


def test_a_link_to_a_missing_file_creates_the_file(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to("users.yaml")
    write_private_file(link, b"new")
    assert (tmp_path / "users.yaml").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe, received = tmp_path / "stdout", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write_private_file(pipe, b"rows")
    reader.join()
    assert (received, pipe.is_fifo()) == ([b"rows"], True)


def test_a_device_that_accepts_nothing_is_an_error_and_stays(tmp_path):
    device = tmp_path / "full"
    device.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_private_file(device, b"rows")
    assert list(tmp_path.iterdir()) == [device]
