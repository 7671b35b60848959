"""A run that diverges stops with its last good model and says so."""

import warnings

import numpy as np
import pytest
import tensorflow_federated as tff

from fedtutor import federated, models
from tests.stand_ins import Arithmetic, Numbers, five_clients, regression, same


@pytest.fixture(scope="module")
def clients(few):
    return five_clients(few)


@pytest.fixture(scope="module")
def process(clients):
    return regression(clients)


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
