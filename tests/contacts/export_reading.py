"""Read an export, or the error with which it is refused."""

import pytest

from mentorsync_pipeline.contacts.load.export_file import ExportFile
from mentorsync_pipeline.contacts.load.export_rows import BlockConverter
from mentorsync_pipeline.contacts.rules.export_columns import ExportError


def read(path, block_bytes=1 << 20):
    """Read all blocks of a file and return the number of rows."""
    file = ExportFile(path, block_bytes=block_bytes)
    converter = BlockConverter(file)
    return sum(converter(block).rows for block in file.blocks())


def refused(path, block_bytes=1 << 20):
    """Return the error of an export that is refused. It has no personal data."""
    with pytest.raises(ExportError) as raised:
        read(path, block_bytes)
    assert "Quill" not in str(raised.value)
    return raised.value
