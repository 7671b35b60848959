"""A run saved to disk, and continued to exactly the same numbers.

A checkpoint is one `.npz` file per saved round: the arrays of the server's state, the history so
far, and what the run was, so that it is never continued as another one. The archive is followed by a
seal: the version of this format, and a checksum of all that comes before it.
"""

import contextlib
import hashlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import tree

from fedtutor import arguments

_VERSION = 2
_NAME = re.compile(r"round_(\d{6})\.npz")
_SEAL = re.compile(rb"\nfedtutor checkpoint, version (\d+), sha256 ([0-9a-f]{64})\n\Z")
_KEPT = 2


class CheckpointError(Exception):
    """No checkpoint of a folder can be used. The message says for each what is wrong with it."""


def save(
    folder: str | Path,
    round_num: int,
    state: Any,
    rows: list[dict[str, Any]],
    identity: dict[str, Any],
) -> None:
    """Write one checkpoint: either all of it is there afterwards, or nothing new is.

    That holds when the program is killed at any moment, and when the power fails.

    Args:
        folder: where the checkpoints are kept; made if it is missing. Of those up to this round the
            newest two stay.
        round_num: how many rounds are done.
        state: the server's state, any nested structure of arrays.
        rows: the history's rows so far, a list of dicts.
        identity: a dict that says what run this is; compared by `load_latest`.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"round_{round_num:06d}.npz"
    # Always the same name, so that the draft of a program that was killed is written over.
    draft = folder / "unfinished.tmp"
    with open(draft, "wb") as file:
        file.write(_sealed(state, {"round": round_num, "identity": identity, "rows": rows}))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, target)
    # The old ones go only when the new one's name, too, is on the disk.
    _sync_folder(folder)
    for old in [file for file in _all(folder) if file <= target][:-_KEPT]:
        old.unlink()


def load_latest(
    folder: str | Path, like: Any, identity: dict[str, Any]
) -> tuple[int, Any, list[dict[str, Any]]] | None:
    """Read the newest checkpoint of a run.

    One that is damaged or belongs to another run is passed over for the one before it, with a
    warning that says why. Nothing is deleted.

    Args:
        folder: where `save` wrote; may be missing.
        like: a state of the same structure, such as `process.initialize()` gives.
        identity: the dict that was given to `save`.

    Returns:
        `(round_num, state, rows)`, or None where there is no checkpoint.

    Raises:
        CheckpointError: there are checkpoints, but none can be used.
    """
    refused = []
    for file in reversed(_all(Path(folder))):
        try:
            found = _read(file, like, _plain(identity))
        except CheckpointError as error:
            refused.append(str(error))
            continue
        if refused:
            refused.append(f"The run continues from the one before, {file}.")
            arguments.warn("\n".join(refused))
        return found
    if refused:
        refused.append("Nothing was deleted. Choose another folder, or delete this one.")
        raise CheckpointError("\n".join(refused))
    return None


def _sealed(state, about):
    """A checkpoint as bytes."""
    arrays = {f"state_{n:04d}": np.asarray(leaf) for n, leaf in enumerate(tree.flatten(state))}
    archive = io.BytesIO()
    np.savez(archive, about=np.array(json.dumps(_plain(about)).encode()), **arrays)
    checksum = hashlib.sha256(archive.getbuffer()).hexdigest()
    archive.write(f"\nfedtutor checkpoint, version {_VERSION}, sha256 {checksum}\n".encode())
    return archive.getbuffer()


def _read(file, like, identity):
    """What `load_latest` gives, from one file. It raises a CheckpointError where that is no good."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{file} cannot be read: {error.strerror}.") from error
    seal = _SEAL.search(content)
    if seal is None:
        raise CheckpointError(
            f"{file} is no whole checkpoint: it was cut off, or something else wrote it."
        )
    if int(seal[1]) != _VERSION:
        raise CheckpointError(
            f"{file} was written by another version of the course (its format is {int(seal[1])}, "
            f"here it is {_VERSION})."
        )
    archive = content[: seal.start()]
    if hashlib.sha256(archive).hexdigest() != seal[2].decode():
        raise CheckpointError(f"{file} is damaged: its checksum is wrong.")
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].item())
        leaves = [arrays[f"state_{n:04d}"] for n in range(len(arrays.files) - 1)]
    if about["identity"] != identity:
        ours, theirs = identity, about["identity"]
        differ = ", ".join(
            f"{key} was {theirs.get(key)} and is now {ours.get(key)}"
            for key in sorted(set(ours) | set(theirs))
            if ours.get(key) != theirs.get(key)
        )
        raise CheckpointError(f"{file} belongs to another run: {differ}.")
    wanted = tree.flatten(like)
    if [np.shape(leaf) for leaf in wanted] != [leaf.shape for leaf in leaves]:
        raise CheckpointError(f"{file} holds the state of another model or algorithm.")
    leaves = [_as(old, leaf) for old, leaf in zip(wanted, leaves)]
    return about["round"], tree.unflatten_as(like, leaves), about["rows"]


def _as(old, leaf):
    """Plain Python numbers come back as such: TFF tells an int from an array."""
    if isinstance(old, bool | int | float | np.generic):
        return type(old)(leaf[()])
    return leaf.astype(np.asarray(old).dtype)


def _plain(value):
    """As JSON gives it back: with Python's numbers for NumPy's, and lists for tuples."""
    return json.loads(json.dumps(value, default=lambda number: np.asarray(number).item()))


def _sync_folder(folder):
    # Some network file systems do not know how; the file itself is safe there.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _all(folder):
    return sorted(file for file in folder.glob("round_*.npz") if _NAME.fullmatch(file.name))
