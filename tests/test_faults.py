"""What goes wrong in a run is told, and what was done before it is kept."""

import contextlib
import multiprocessing
import random
import signal
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor import checkpoints, federated, models, partition
from fedtutor.checkpoints import CheckpointError
from fedtutor.health import BadClientError


class Arithmetic:
    """A process without TFF: its weights are a plain function of the rounds and of the data.

    Args:
        size: how many weights.
        seconds: how long a round takes.
        on_round: a function that is told the number of each round as it begins.
    """

    def __init__(self, size=4, seconds=0, on_round=None):
        self._size, self._seconds, self._on_round = size, seconds, on_round

    def initialize(self):
        return {"weights": np.linspace(0, 1, self._size, dtype=np.float32), "rounds": 0}

    def next(self, state, cohort):
        if self._on_round is not None:
            self._on_round(state["rounds"] + 1)
        time.sleep(self._seconds)
        values = np.concatenate([x.ravel() for batches in cohort for x, _ in batches])
        weights = np.sin(3 * state["weights"] + values.mean()).astype(np.float32)
        train = {"loss": weights.mean(), "num_examples": np.int64(sum(map(len, cohort)))}
        return SimpleNamespace(
            state={"weights": weights, "rounds": state["rounds"] + 1},
            metrics={"client_work": {"train": train}},
        )

    def get_model_weights(self, state):
        return [state["weights"]]


class Numbers:
    """Clients without TFF: a list of two batches each, drawn again in every round."""

    def __init__(self, num_clients=6):
        self._num_clients = num_clients

    def __len__(self):
        return self._num_clients

    def cohort(self, clients, round_num):
        return [self._batches(client, round_num) for client in clients]

    def _batches(self, client, round_num):
        rng = np.random.default_rng([client, round_num])
        return [(rng.random((3, 2), np.float32), np.arange(3)) for _ in range(2)]


def same(a, b):
    tree.assert_same_structure(a, b)
    return all(
        np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(tree.flatten(a), tree.flatten(b))
    )


# Clients that cannot train


@pytest.fixture(scope="module")
def clients(few):
    return federated.ClientDatasets(*few, partition.iid(few[1], 5, seed=0), batch_size=8)


@pytest.fixture(scope="module")
def process(clients):
    return federated.fed_avg(
        models.logistic_regression, clients.element_spec, client_learning_rate=0.1
    )


class Spoilt:
    """Clients, some of which hold something else; like `ClientDatasets` in its methods alone."""

    def __init__(self, clients, **spoil):
        self._clients, self._spoil = clients, {int(key[1:]): how for key, how in spoil.items()}
        self.batch_size, self.local_epochs, self.seed = 8, 1, 0
        self.element_spec = clients.element_spec
        self.asked = []

    def __len__(self):
        return len(self._clients)

    def dataset(self, client, round_num=1):
        self.asked.append((int(client), round_num))
        return self._spoil.get(client, lambda data: data)(self._clients.dataset(client, round_num))

    def cohort(self, clients, round_num=1):
        return [self.dataset(client, round_num) for client in clients]


def empty(data):
    return data.take(0)


def of_batches_without_examples(data):
    return data.map(lambda x, y: (x[:0], y[:0]))


def of_another_shape(data):
    return data.map(lambda x, y: (x[:, 1:], y))


def of_another_type(data):
    return data.map(lambda x, y: (tf.cast(x, tf.float64), y))


def of_another_structure(data):
    return data.map(lambda x, y: {"x": x, "y": y})


def not_batched(data):
    return data.unbatch()


def with_nan(data):
    """In one example of each of the five batches."""
    return data.map(lambda x, y: (tf.concat([x[:1] * np.nan, x[1:]], 0), y))


def with_infinity(data):
    return data.map(lambda x, y: (x / 0, y))


def of_lists_of_another_shape(data):
    return [(x[:, 1:], y) for x, y in data.as_numpy_iterator()]


COMPLAINTS = {
    empty: "it has no examples",
    of_batches_without_examples: "it has no examples",
    of_another_shape: "its batches are <float32[8,27,28],int32[8]>, but should be <float32[?,28,28]",
    of_another_type: "its batches are <float64[8,28,28],int32[8]>, but should be <float32[?,28,28]",
    of_another_structure: "its batches are <x=float32[8,28,28],y=int32[8]>, but should be <float32",
    not_batched: "its batches are <float32[28,28],int32>, but should be <float32[?,28,28]",
    with_nan: "5 of the 40 examples it trains on hold NaN or infinite values",
    with_infinity: "40 of the 40 examples it trains on hold NaN or infinite values",
    of_lists_of_another_shape: "its batches are <float32[8,27,28],int32[8]>, but should be",
}


@pytest.mark.parametrize("spoil", COMPLAINTS, ids=lambda spoil: spoil.__name__)
def test_a_client_that_cannot_train_is_named_with_what_is_wrong_and_what_to_do(
    process, clients, spoil
):
    with pytest.raises(BadClientError) as told:
        federated.run_rounds(process, Spoilt(clients, c3=spoil), 2)
    message = str(told.value)
    assert message.startswith("In round 1, client 3: ") and message.count("client ") == 1
    assert COMPLAINTS[spoil] in message and 'bad_clients="leave out"' in message


@pytest.mark.parametrize("spoil", COMPLAINTS, ids=lambda spoil: spoil.__name__)
def test_by_choice_it_is_left_out_and_the_rest_trains_as_usual(process, clients, spoil):
    run = federated.run_rounds(
        process, Spoilt(clients, c3=spoil), 2, bad_clients="leave out", clients_per_round=5
    )
    assert run.history["left_out"] == [[3], [3]]
    assert run.left_out.keys() == {3} and COMPLAINTS[spoil] in run.left_out[3]
    assert run.history["num_examples"] == [160, 160]
    others, state = [0, 1, 2, 4], process.initialize()
    for round_num in (1, 2):
        state = process.next(state, clients.cohort(others, round_num)).state
    assert same(run.state, state)


def test_a_client_is_looked_at_when_it_is_first_met_and_only_then(process, clients):
    watched = Spoilt(clients)
    federated.run_rounds(process, watched, 6, clients_per_round=2)
    drawn = [
        (int(client), round_num)
        for round_num in range(1, 7)
        for client in federated.sample_cohort(5, 2, round_num, seed=0)
    ]
    first = dict(reversed([(client, (client, round_num)) for client, round_num in drawn]))
    assert sorted(watched.asked) == sorted(drawn + list(first.values()))


def test_where_all_is_well_leaving_out_changes_nothing_but_a_column(process, clients):
    run = federated.run_rounds(process, clients, 2, bad_clients="leave out")
    usual = federated.run_rounds(process, clients, 2)
    assert same(run.state, usual.state) and run.left_out == usual.left_out == {}
    assert run.history["left_out"] == [[], []] and "left_out" not in usual.history.to_frame()


def test_a_round_with_nobody_left_is_an_error_that_names_them(process, clients):
    bad = Spoilt(clients, c1=empty, c3=with_nan)
    cohorts = [list(federated.sample_cohort(5, 2, n, seed=4)) for n in range(1, 30)]
    hit = cohorts.index([1, 3]) + 1
    with pytest.raises(
        BadClientError,
        match=f"Nobody is left to train in round {hit}: client 1: it has no (.*); client 3: 5 of",
    ):
        federated.run_rounds(process, bad, 30, clients_per_round=2, seed=4, bad_clients="leave out")
    assert federated.last_run().rounds == hit - 1, "the rounds before it are kept"


def test_of_many_bad_clients_the_first_five_are_named(process, few):
    many = federated.ClientDatasets(*few, partition.iid(few[1], 20, seed=0))
    bad = Spoilt(many, **{f"c{client}": empty for client in range(20)})
    with pytest.raises(BadClientError) as told:
        federated.run_rounds(process, bad, 1)
    assert "client 4: it has no examples; and others. Fix" in str(told.value)


def test_float_images_are_taken_as_they_are_and_a_nan_in_them_is_found(process, few):
    images, labels = few
    floats = images / 255
    parts = partition.iid(labels, 5, seed=0)
    as_bytes, as_floats = (
        federated.ClientDatasets(x, labels, parts, batch_size=8) for x in (images, floats)
    )
    for (a, _), (b, _) in zip(as_bytes.dataset(2), as_floats.dataset(2)):
        assert b.dtype == tf.float32 and np.allclose(a, b, rtol=0, atol=1e-7)
    by_bytes, by_floats = (
        federated.Evaluator(models.logistic_regression, x, labels)(
            models.logistic_regression(1).get_weights()
        )
        for x in (images, floats)
    )
    assert by_bytes == pytest.approx(by_floats)
    floats[parts[2][0], 14, 14] = np.nan
    spoilt = federated.ClientDatasets(floats, labels, parts, batch_size=8, local_epochs=2)
    run = federated.run_rounds(process, spoilt, 1, bad_clients="leave out")
    assert run.left_out == {2: "1 of the 40 examples it trains on hold NaN or infinite values"}


def test_clients_of_a_class_derived_from_ours_are_looked_at_as_they_train(process, few):
    class Ours(federated.ClientDatasets):
        def dataset(self, client, round_num=1):
            data = super().dataset(client, round_num)
            return with_nan(data) if client == 4 else data

    ours = Ours(*few, partition.iid(few[1], 5, seed=0), batch_size=8)
    with pytest.raises(BadClientError, match="client 4: 5 of the 40"):
        federated.run_rounds(process, ours, 1)


def test_clients_that_promise_other_batches_than_the_process_takes_are_refused_at_once(
    process, few
):
    small = federated.ClientDatasets(few[0][:, 2:, 2:], few[1], partition.iid(few[1], 5, seed=0))
    with pytest.raises(ValueError, match=r"is <float32\[\?,26,26\].*takes <float32\[\?,28,28\]"):
        federated.run_rounds(process, small, 1)


def test_clients_and_processes_that_promise_nothing_are_taken_at_their_word():
    run = federated.run_rounds(Arithmetic(), Numbers(), 3, clients_per_round=2)
    assert run.rounds == 3 and run.history["num_examples"] == [4, 4, 4]


def test_a_choice_that_does_not_exist_is_refused(process, clients):
    with pytest.raises(ValueError, match='must be "raise" or "leave out"'):
        federated.run_rounds(process, clients, 1, bad_clients="ignore")


# Models that diverge


class Diverging(Arithmetic):
    """In round 4 something is no longer a number."""

    def __init__(self, what):
        super().__init__()
        self._what = what

    def next(self, state, cohort):
        output = super().next(state, cohort)
        train = output.metrics["client_work"]["train"]
        if state["rounds"] + 1 == 4:
            if self._what == "weights":
                output.state["weights"][2] = np.inf
            elif self._what == "loss":
                train["loss"] = np.float32(np.nan)
            elif self._what == "every client":
                train.update(loss=np.float32(0), num_examples=np.int64(0))
            elif self._what == "every client, without a loss":
                train.update(num_examples=np.int64(0))
                del train["loss"]
            elif self._what == "average":
                output.metrics["finalizer"] = {"update_non_finite": 1}
        return output


@pytest.mark.parametrize(
    "what", ["weights", "loss", "every client", "every client, without a loss", "average"]
)
def test_a_run_that_diverges_stops_with_the_last_good_model_and_says_so_once(tmp_path, what):
    options = dict(clients_per_round=2, checkpoint_dir=tmp_path, checkpoint_every=2)
    with pytest.warns(UserWarning) as told:
        run = federated.run_rounds(Diverging(what), Numbers(), 9, **options)
    (message,) = (str(warning.message) for warning in told)
    assert message.startswith("Round 4 diverged") and "model of round 3" in message
    assert "smaller learning rate" in message and told[0].filename == __file__
    assert federated.last_run() is run
    before = federated.run_rounds(Arithmetic(), Numbers(), 3, clients_per_round=2)
    assert run.diverged == 4 and run.rounds == 3 and same(run.state, before.state)
    assert run.history["round"] == [1, 2, 3, 4] and run.history.rows[:3] == before.history.rows
    # Round 3 is kept, though not its turn; of round 4 there is nothing on the disk.
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["round_000002.npz", "round_000003.npz"]
    with pytest.warns(UserWarning, match="Round 4 diverged"):
        again = federated.run_rounds(Diverging(what), Numbers(), 9, **options)
    assert same(again.state, run.state) and again.history["round"] == [1, 2, 3, 4]


def test_a_loss_over_no_examples_is_not_called_zero():
    with pytest.warns(UserWarning, match="diverged"):
        run = federated.run_rounds(Diverging("every client"), Numbers(), 9)
    assert np.isnan(run.history["train_loss"][3])


def test_a_run_that_does_not_diverge_says_nothing(process, clients):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert federated.run_rounds(process, clients, 2).diverged is None


def weighted_prox(model_fn, **optimizers):
    return tff.learning.algorithms.build_weighted_fed_prox(model_fn, 0.1, **optimizers)


@pytest.mark.parametrize(
    "build",
    [
        tff.learning.algorithms.build_weighted_fed_avg,
        tff.learning.algorithms.build_unweighted_fed_avg,
        weighted_prox,
    ],
    ids=lambda build: build.__name__.removeprefix("build_"),
)
def test_tffs_own_silence_about_clients_that_diverge_is_heard(clients, build):
    """TFF gives them the weight zero; the model's weights stay finite, the loss reads 0.0 or NaN."""
    process = build(
        federated.tff_model(models.logistic_regression, clients.element_spec),
        client_optimizer_fn=tff.learning.optimizers.build_sgdm(1e38),
        server_optimizer_fn=tff.learning.optimizers.build_sgdm(1.0),
    )
    with pytest.warns(UserWarning, match="Round 1 diverged(.|\n)*with the model of round 0"):
        run = federated.run_rounds(process, clients, 3, clients_per_round=2)
    assert run.diverged == 1 and same(run.state, process.initialize())
    assert np.isnan(run.history["train_loss"]).all() and len(run.history) == 1


def test_a_run_does_not_start_from_a_model_that_is_not_finite():
    state = Arithmetic().initialize()
    state["weights"][0] = np.nan
    with pytest.raises(ValueError, match="state to start from holds weights that are NaN"):
        federated.run_rounds(Arithmetic(), Numbers(), 1, state=state)


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
