"""A run saved to disk, and continued to exactly the same numbers.

A checkpoint is one `.npz` file per saved round: the arrays of the server's state, the history so
far, and what the run was, so that it is never continued as another one.
"""

import json
import os
import re
from pathlib import Path

import numpy as np
import tree

_NAME = re.compile(r"round_(\d{6})\.npz")
_KEPT = 2


class CheckpointError(Exception):
    """A checkpoint does not belong to this run, or cannot be read."""


def save(folder, round_num, state, rows, identity):
    """Write one checkpoint: either all of it is there afterwards, or nothing new is.

    Args:
        folder: where the checkpoints are kept; made if it is missing. The newest two stay.
        round_num: how many rounds are done.
        state: the server's state, any nested structure of arrays.
        rows: the history's rows so far, a list of dicts.
        identity: a dict that says what run this is; compared by `load_latest`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {f"state_{n:04d}": np.asarray(leaf) for n, leaf in enumerate(tree.flatten(state))}
    text = json.dumps({"round": round_num, "identity": identity, "rows": rows})
    target = folder / f"round_{round_num:06d}.npz"
    draft = target.with_suffix(".tmp")
    with open(draft, "wb") as file:
        np.savez(file, about=np.array(text), **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, target)
    for old in _all(folder)[:-_KEPT]:
        old.unlink()


def load_latest(folder, like, identity):
    """Read the newest checkpoint of a run.

    Args:
        folder: where `save` wrote; may be missing.
        like: a state of the same structure, such as `process.initialize()` gives.
        identity: the dict that was given to `save`.

    Returns:
        `(round_num, state, rows)`, or None where there is no checkpoint.

    Raises:
        CheckpointError: it belongs to another run or cannot be read; the message says what to do.
    """
    found = _all(Path(folder))
    if not found:
        return None
    file = found[-1]
    try:
        with np.load(file, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"]))
            leaves = [archive[f"state_{n:04d}"] for n in range(len(archive.files) - 1)]
    except Exception as error:
        raise CheckpointError(
            f"{file} cannot be read ({error}). Delete it to continue from the one before, "
            "or choose another folder."
        ) from error
    if about["identity"] != identity:
        ours, theirs = identity, about["identity"]
        differ = ", ".join(
            f"{key} was {theirs.get(key)} and is now {ours.get(key)}"
            for key in sorted(set(ours) | set(theirs))
            if ours.get(key) != theirs.get(key)
        )
        raise CheckpointError(
            f"{file} belongs to another run: {differ}. Choose another folder, or delete this one."
        )
    wanted = tree.flatten(like)
    if [np.shape(leaf) for leaf in wanted] != [leaf.shape for leaf in leaves]:
        raise CheckpointError(
            f"{file} holds the state of another model or algorithm. Choose another folder."
        )
    # Plain Python numbers come back as such: TFF tells an int from an array.
    leaves = [
        leaf.astype(np.asarray(old).dtype) if isinstance(old, np.ndarray) else type(old)(leaf[()])
        for old, leaf in zip(wanted, leaves)
    ]
    return about["round"], tree.unflatten_as(like, leaves), about["rows"]


def _all(folder):
    return sorted(file for file in folder.glob("round_*.npz") if _NAME.fullmatch(file.name))
