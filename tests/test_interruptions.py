"""Runs that are interrupted, killed and continued: what was done before is kept."""

import contextlib
import multiprocessing
import random
import signal
import time
import warnings

import pytest

from fedtutor import checkpoints, federated, models, partition
from fedtutor.checkpoints import CheckpointError
from tests.stand_ins import (
    Arithmetic,
    Numbers,
    Spoilt,
    empty,
    five_clients,
    regression,
    same,
    with_nan,
)


@pytest.fixture(scope="module")
def clients(few):
    return five_clients(few)


@pytest.fixture(scope="module")
def process(clients):
    return regression(clients)


# Runs that are interrupted


def interrupted_in(round_num, error=KeyboardInterrupt):
    def on_round(number):
        if number == round_num:
            raise error

    return Arithmetic(on_round=on_round)


def test_after_ctrl_c_the_rounds_that_were_done_are_still_there():
    with pytest.warns(UserWarning, match=r"after round 4.*federated.last_run\(\) returns it\.$"):
        with pytest.raises(KeyboardInterrupt):
            federated.run_rounds(interrupted_in(5), Numbers(), 9)
    run = federated.last_run()
    whole = federated.run_rounds(Arithmetic(), Numbers(), 4)
    assert run.history.rows == whole.history.rows and same(run.state, whole.state)
    assert federated.last_run() is whole


@pytest.mark.parametrize(
    "where, done", [("next", 3), ("evaluate", 3), ("bar", 4), ("save", 4)], ids=lambda value: value
)
@pytest.mark.filterwarnings("ignore:Interrupted")
def test_wherever_ctrl_c_comes_state_and_history_belong_together(
    tmp_path, monkeypatch, where, done
):
    times = []

    # A function that measures is tried out before the first round.
    stop_at = 5 if where == "evaluate" else 4

    def stop_the_fourth_time(*_, **__):
        times.append(True)
        if len(times) == stop_at:
            raise KeyboardInterrupt
        return {}

    process = Arithmetic(on_round=stop_the_fourth_time if where == "next" else None)
    evaluate = stop_the_fourth_time if where == "evaluate" else None
    if where == "bar":
        monkeypatch.setattr(federated.Progress, "step", stop_the_fourth_time)
    if where == "save":
        monkeypatch.setattr(checkpoints, "_sync_folder", stop_the_fourth_time)
    options = dict(checkpoint_dir=tmp_path, checkpoint_every=1)
    with pytest.raises(KeyboardInterrupt):
        federated.run_rounds(process, Numbers(), 9, evaluate=evaluate, **options)
    kept = federated.last_run()
    monkeypatch.undo()
    on_disk = federated.run_rounds(Arithmetic(), Numbers(), done, **options)
    whole = federated.run_rounds(Arithmetic(), Numbers(), done)
    for run in (kept, on_disk):
        assert run.history.rows == whole.history.rows and same(run.state, whole.state)


def test_ctrl_c_closes_the_bar(monkeypatch):
    closed = []
    leave = federated.Progress.__exit__
    monkeypatch.setattr(
        federated.Progress, "__exit__", lambda *args: (closed.append(True), leave(*args))[1]
    )
    with pytest.raises(KeyboardInterrupt):
        federated.run_rounds(interrupted_in(1), Numbers(), 9)
    assert closed == [True]


@pytest.mark.filterwarnings("ignore:Interrupted")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_run_that_is_broken_off_leaves_a_checkpoint_of_its_last_whole_round(tmp_path, error):
    options = dict(checkpoint_dir=tmp_path, checkpoint_every=100)
    with pytest.raises(error):
        federated.run_rounds(interrupted_in(5, error), Numbers(), 9, **options)
    assert [file.name for file in tmp_path.iterdir()] == ["round_000004.npz"]
    begun = []
    resumed = federated.run_rounds(Arithmetic(on_round=begun.append), Numbers(), 9, **options)
    whole = federated.run_rounds(Arithmetic(), Numbers(), 9)
    assert begun == [5, 6, 7, 8, 9]
    assert resumed.history.rows == whole.history.rows and same(resumed.state, whole.state)


# Runs that are continued


def test_a_continued_run_still_knows_why_clients_were_left_out(process, clients, tmp_path):
    bad = Spoilt(clients, c1=empty, c3=with_nan)
    options = dict(clients_per_round=3, bad_clients="leave out", checkpoint_dir=tmp_path)
    whole = federated.run_rounds(process, bad, 4, **{**options, "checkpoint_dir": None})
    federated.run_rounds(process, bad, 2, **options)
    # Now there is a round to go; then none.
    for _ in range(2):
        resumed = federated.run_rounds(process, bad, 4, **options)
        assert resumed.left_out == whole.left_out and whole.left_out
        assert resumed.history.rows == whole.history.rows and same(resumed.state, whole.state)


def test_a_run_that_reached_its_target_is_not_continued(tmp_path):
    begun = []
    options = dict(
        evaluate=lambda _: {"score": max(begun, default=0)},
        until=("score", 4),
        checkpoint_dir=tmp_path,
    )
    for _ in range(2):
        run = federated.run_rounds(Arithmetic(on_round=begun.append), Numbers(), 9, **options)
        assert begun == run.history["score"] == [1, 2, 3, 4]


def test_another_runs_checkpoint_is_refused(process, clients, tmp_path):
    def continued(process, clients=clients, **options):
        federated.run_rounds(process, clients, 2, checkpoint_dir=tmp_path, **options)

    def fed_avg(model, rate):
        return federated.fed_avg(model, clients.element_spec, client_learning_rate=rate)

    federated.run_rounds(process, clients, 1, checkpoint_dir=tmp_path)
    with pytest.raises(CheckpointError, match="cohort_seed was 0 and is now 1"):
        continued(process, seed=1)
    # The state holds the learning rate: it would go on with the old one.
    with pytest.raises(CheckpointError, match="client_work learning_rate was 0.1 and is now 0.2"):
        continued(fed_avg(models.logistic_regression, 0.2))
    with pytest.raises(CheckpointError, match="another model"):
        continued(fed_avg(models.perceptron_2nn, 0.1))
    continued(fed_avg(models.logistic_regression, 0.1))


def test_a_damaged_checkpoint_costs_one_round_and_no_more(tmp_path):
    options = dict(checkpoint_dir=tmp_path, checkpoint_every=1)
    federated.run_rounds(Arithmetic(), Numbers(), 4, **options)
    newest = tmp_path / "round_000004.npz"
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(UserWarning, match="continues from the one before") as told:
        resumed = federated.run_rounds(Arithmetic(), Numbers(), 6, **options)
    assert told[0].filename == __file__, "the line that is shown is the caller's"
    whole = federated.run_rounds(Arithmetic(), Numbers(), 6)
    assert resumed.history.rows == whole.history.rows and same(resumed.state, whole.state)


# Runs that are killed


@pytest.fixture(scope="module")
def nursery():
    """Where processes are born that have imported TFF already: ten seconds less for each."""
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    # fedtutor comes before TFF, here as everywhere.
    context.set_forkserver_preload(["fedtutor", __name__])
    yield context
    forkserver._forkserver._stop()


class Reporting:
    """Clients that tell each round as it begins."""

    def __init__(self, clients, say):
        self._clients, self._say = clients, say

    def __len__(self):
        return len(self._clients)

    def __getattr__(self, name):
        return getattr(self._clients, name)

    def cohort(self, clients, round_num):
        # Not where a single client is looked at.
        if len(clients) > 1:
            self._say(round_num)
        return self._clients.cohort(clients, round_num)


def train(say, folder, process, clients, num_rounds):
    """In a process of its own: a run that saves each round, and tells how far it is."""
    # A checkpoint that is passed over is a warning, and here the end.
    warnings.simplefilter("error")
    say.send("here")
    run = federated.run_rounds(
        process, Reporting(clients, say.send), num_rounds,
        clients_per_round=3, checkpoint_dir=folder, checkpoint_every=1, progress=False,
    )  # fmt: skip
    say.send((run.state, run.history.rows))


def train_on_numbers(say, folder, num_rounds):
    train(say, folder, Arithmetic(200_000, seconds=0.002), Numbers(), num_rounds)


def train_on_digits(say, folder, num_rounds, digits):
    clients = federated.ClientDatasets(*digits, partition.iid(digits[1], 5, seed=0))
    process = federated.fed_avg(
        models.perceptron_2nn, clients.element_spec, client_learning_rate=0.1
    )
    train(say, folder, process, clients, num_rounds)


def attempt(nursery, target, args, moment=None):
    """Let a process train, and kill it so many rounds and seconds after its start. What it told."""
    hear, say = nursery.Pipe(duplex=False)
    process = nursery.Process(target=target, args=(say, *args))
    process.start()
    say.close()
    assert hear.recv() == "here"
    told = []
    with contextlib.suppress(EOFError):
        if moment is not None:
            rounds, seconds = moment
            told += [hear.recv() for _ in range(rounds)]
            time.sleep(seconds)
            process.kill()
        while True:
            told.append(hear.recv())
    process.join()
    assert process.exitcode == (0 if moment is None else -signal.SIGKILL), "it ended by itself"
    return told


@pytest.mark.linux
@pytest.mark.parametrize(
    "target, kills, seconds, num_rounds",
    [(train_on_numbers, 50, 0.03, 300), (train_on_digits, 3, 0.3, 30)],
    ids=["fifty times", "with TFF, three times"],
)
def test_killed_at_random_moments_and_continued_it_ends_with_the_same_bits(
    nursery, tmp_path, few, target, kills, seconds, num_rounds
):
    seed = 20
    rng = random.Random(seed)
    more = [num_rounds, few] if target is train_on_digits else [num_rounds]
    last = in_a_save = 0
    for number in range(kills):
        # Of none of its rounds: while it reads the checkpoint.
        moment = rng.randint(0, 4), rng.uniform(0, seconds)
        begun = attempt(nursery, target, [tmp_path / "killed", *more], moment)
        # The round that had begun was lost, or none was.
        assert not begun or max(last, 1) <= begun[0] <= last + 1, f"seed {seed}, kill {number}"
        last = begun[-1] if begun else last
        in_a_save += (tmp_path / "killed" / "unfinished.tmp").exists()
    print(f"seed {seed}: {kills} kills, {in_a_save} of them in a save; round {last} had begun")
    *begun, (state, rows) = attempt(nursery, target, [tmp_path / "killed", *more])
    *_, (same_state, same_rows) = attempt(nursery, target, [tmp_path / "whole", *more])
    assert last <= begun[0] <= last + 1 and begun[-1] == num_rounds
    assert rows == same_rows and same(state, same_state)
    assert kills < 50 or in_a_save > 0, "no kill met a save: make the saves longer"
