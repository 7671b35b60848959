"""A checkpoint is whole or not there, and is believed only when it is whole and ours."""

import os
import warnings
from collections import OrderedDict

import numpy as np
import pytest
import tree

from fedtutor import checkpoints
from fedtutor.checkpoints import CheckpointError, load_latest, save

THIS_RUN = {"clients": 5, "cohort_seed": 0}


def state(number):
    """A server's state: nested, with every kind of leaf that TFF gives."""
    return OrderedDict(
        weights=[np.full((2, 3), number, np.float32), np.array([-0.0, np.nan, 1e-45], np.float32)],
        rate=np.float32(0.1),
        steps=int(number),
        nothing=(),
    )


def write(folder, *rounds, identity=THIS_RUN):
    for number in rounds:
        save(folder, number, state(number), [{"round": n} for n in range(1, number + 1)], identity)
    return sorted(folder.iterdir())


def load(folder, identity=THIS_RUN):
    return load_latest(folder, state(0), identity)


def same(a, b):
    tree.assert_same_structure(a, b)
    return all(
        type(x) is type(y) and np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(tree.flatten(a), tree.flatten(b))
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints"


def test_what_was_saved_comes_back_to_the_last_bit(folder):
    rows = [{"round": 1, "train_loss": 0.1 + 0.2, "left_out": [3]}, {"round": 2, "accuracy": 1e-17}]
    save(folder, 2, state(2), rows, THIS_RUN)
    round_num, found, its_rows = load(folder)
    assert (round_num, its_rows) == (2, rows) and same(found, state(2))


def test_numbers_of_numpy_are_saved_as_numbers(folder):
    identity = {"seed": np.int64(3), "shape": (28, 28)}
    save(folder, 1, state(1), [{"round": 1, "score": np.float32(0.5)}], identity)
    assert load(folder, identity)[2] == [{"round": 1, "score": 0.5}]


def test_where_nothing_was_saved_nothing_is_found(folder):
    assert load(folder) is None
    folder.mkdir()
    assert load(folder) is None


def test_the_newest_two_stay(folder):
    assert [file.name for file in write(folder, 1, 2, 3)] == [
        "round_000002.npz",
        "round_000003.npz",
    ]


def test_anyone_can_open_a_checkpoint_with_numpy(folder):
    (file,) = write(folder, 1)
    with np.load(file) as archive:
        assert np.array_equal(archive["state_0002"], state(1)["weights"][0])


@pytest.mark.linux
def test_it_is_on_the_disk_before_it_has_its_name_and_has_it_before_the_old_ones_go(
    folder, monkeypatch
):
    write(folder, 1, 2)
    done = []

    def told(name, call):
        def wrapper(*args, **kwargs):
            what = (
                os.path.basename(os.readlink(f"/proc/self/fd/{args[0]}")) if name == "sync" else ""
            )
            done.append(f"{name} {what}".strip())
            return call(*args, **kwargs)

        return wrapper

    monkeypatch.setattr(os, "fsync", told("sync", os.fsync))
    monkeypatch.setattr(os, "replace", told("rename", os.replace))
    monkeypatch.setattr(os, "unlink", told("delete", os.unlink))
    write(folder, 3)
    assert done == ["sync unfinished.tmp", "rename", "sync checkpoints", "delete"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", range(7))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_program_that_ends_at_any_step_of_saving_leaves_whole_checkpoints(
    folder, monkeypatch, step, after
):
    """Before and after each thing that saving asks of the system; kill -9 is in test_interruptions."""
    write(folder, 1, 2)
    calls = []

    def perhaps_the_last(call):
        def wrapper(*args, **kwargs):
            calls.append(call)
            if len(calls) - 1 == step and not after:
                raise Killed
            result = call(*args, **kwargs)
            if len(calls) - 1 == step:
                raise Killed
            return result

        return wrapper

    with monkeypatch.context() as patch:
        for name in ("mkdir", "open", "fsync", "replace", "unlink"):
            patch.setattr(os, name, perhaps_the_last(getattr(os, name)))
        try:
            write(folder, 3)
        except Killed:
            pass
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        round_num, found, rows = load(folder)
    assert round_num in (2, 3) and same(found, state(round_num)) and len(rows) == round_num
    # And it goes on from there, whatever was left lying about.
    names = [file.name for file in write(folder, 3, 4)]
    assert names == ["round_000003.npz", "round_000004.npz"]


def test_every_flipped_bit_is_found_and_the_one_before_is_used(folder):
    before, newest = write(folder, 1, 2)
    good = newest.read_bytes()
    bits = np.random.default_rng(0).integers(8, size=len(good))
    for place, bit in enumerate(bits):
        bad = bytearray(good)
        bad[place] ^= 1 << int(bit)
        newest.write_bytes(bad)
        with pytest.warns(UserWarning, match=str(newest)):
            assert load(folder)[0] == 1
    newest.write_bytes(good)
    assert load(folder)[0] == 2


def test_a_checkpoint_cut_off_anywhere_is_found_and_the_one_before_is_used(folder):
    before, newest = write(folder, 1, 2)
    good = newest.read_bytes()
    for length in range(len(good)):
        newest.write_bytes(good[:length])
        with pytest.warns(UserWarning, match="cut off") as told:
            assert load(folder)[0] == 1
    assert str(newest) in str(told[0].message) and str(before) in str(told[0].message)


def an_older_version(file):
    file.write_bytes(file.read_bytes().replace(b"checkpoint, version 2", b"checkpoint, version 1"))


def without_a_seal(file):
    np.savez(file, about="{}", state_0000=np.zeros(3))


def of_another_run(file):
    write(file.parent, 2, identity={**THIS_RUN, "cohort_seed": 1})


def of_another_model(file):
    save(file.parent, 2, [np.zeros(3)], [], THIS_RUN)


def nothing_in_it(file):
    file.write_bytes(b"")


def a_text(file):
    file.write_text("Dear diary, today the model diverged.")


def a_folder(file):
    file.unlink()
    file.mkdir()


BAD = {
    an_older_version: "another version of the course",
    without_a_seal: "something else wrote it",
    of_another_run: "another run: cohort_seed was 1 and is now 0",
    of_another_model: "another model or algorithm",
    nothing_in_it: "cut off",
    a_text: "no whole checkpoint",
    a_folder: "cannot be read: Is a directory",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_what_is_not_ours_is_named_and_the_one_before_is_used(folder, spoil):
    before, newest = write(folder, 1, 2)
    spoil(newest)
    with pytest.warns(UserWarning) as told:
        round_num, found, _ = load(folder)
    assert round_num == 1 and same(found, state(1))
    (message,) = (str(warning.message) for warning in told)
    assert f"{newest} " in message and BAD[spoil] in message and str(before) in message


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_where_none_can_be_used_each_is_named_and_none_is_deleted(folder, spoil):
    before, newest = write(folder, 1, 2)
    before.write_bytes(b"")
    spoil(newest)
    there = sorted(folder.iterdir())
    with pytest.raises(CheckpointError, match="Nothing was deleted. Choose another folder") as told:
        load(folder)
    assert BAD[spoil] in str(told.value)
    assert all(str(file) in str(told.value) for file in (before, newest))
    assert sorted(folder.iterdir()) == there


def test_a_refused_checkpoint_of_a_later_round_costs_no_good_one(folder):
    write(folder, 1, 2)
    for number in (7, 8, 9):
        (folder / f"round_00000{number}.npz").write_bytes(b"of somebody else")
    names = [file.name for file in write(folder, 3)]
    assert names == [f"round_00000{number}.npz" for number in (2, 3, 7, 8, 9)]


def test_files_of_other_names_are_nobodys_business(folder):
    folder.mkdir()
    for name in ("round_1.npz", "notes.txt", "round_000009.npz.bak"):
        (folder / name).write_text("mine")
    assert load(folder) is None
    assert len(write(folder, 1, 2, 3)) == 5


def test_a_full_disk_is_told_and_the_last_good_one_stays(folder, monkeypatch):
    write(folder, 1, 2)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write(folder, 3)
    assert load(folder)[0] == 2


@pytest.mark.linux
def test_a_folder_that_cannot_be_synced_still_gets_its_checkpoints(folder, monkeypatch):
    """Some network file systems refuse to sync a folder."""
    sync = os.fsync

    def refuses_folders(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(22, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(checkpoints.os, "fsync", refuses_folders)
    write(folder, 1)
    assert load(folder)[0] == 1
