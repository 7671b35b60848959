"""Folders for what is temporary, which don't stay behind when the process that made them is killed.

They may hold a course's secret and its submissions. The process that makes a folder locks a file in it, and
the system takes the lock away when the process ends, however it ends. So the next process sees which
folders belong to nobody any more, and removes them.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_PREFIX, _LOCK = "fedtutor-", ".lock"


class Folder:
    """A new temporary folder. Making one removes those that were left behind.

    Attributes:
        path: the path of the folder.
    """

    def __init__(self) -> None:
        remove_stale()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Locked before it has its name: a folder without a lock is left alone.
        new = self.path / f"{_LOCK}-new"
        self._lock = new.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        new.rename(self.path / _LOCK)

    def remove(self) -> None:
        """Delete the folder."""
        remove(self.path)
        self._lock.close()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_) -> None:
        self.remove()


def remove_stale() -> None:
    """Delete this user's folders whose processes have ended without deleting them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)


def remove(folder: Path) -> None:
    """Delete a folder, although processes that are ending may still write to it.

    Args:
        folder: the path of a `Folder`.
    """
    ended = folder.with_name(f"{folder.name}-ended")
    try:
        folder.rename(ended)  # now they don't find it any more
    except OSError:
        return  # another process does the same
    # The lock goes last: without it, the next run wouldn't remove what is left.
    for path in ended.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _LOCK:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        if os.listdir(ended) == [_LOCK]:
            shutil.rmtree(ended)
