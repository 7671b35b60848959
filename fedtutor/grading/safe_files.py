"""Writes files so that a crash or a full disk can't destroy what was there before."""

import os
from pathlib import Path


def write(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file completely or not at all.

    Args:
        path: the file.
        data: its new content.
        mode: who may read and write it, if the umask allows it.

    Raises:
        OSError: it can't be written, for example because the disk is full. The old file is kept.
    """
    new = path.with_name(f".{path.name[:100]}.new")
    new.unlink(missing_ok=True)
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as file:
            file.write(data)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
