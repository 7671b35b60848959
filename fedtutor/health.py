"""Is it fit to go on? A client's data before its first round, and the model after each round.

TFF keeps silent here. A client whose update is NaN or infinite gets the weight zero in the average,
and with federated averaging its metrics are dropped too: a round in which all of them diverge
changes nothing and reports a loss of 0.0, the best there is.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff
import tree

from fedtutor.clients import BadClientError as BadClientError
from fedtutor.clients import ClientDatasets

_NAMED_AT_MOST = 5


class Inspection:
    """Looks at a client's data when a run first meets the client, and remembers what it saw.

    Args:
        process: a `LearningProcess`, or anything with its `next`.
        clients: a `ClientDatasets`, or anything with its `cohort`.
        bad_clients: what becomes of those that cannot train: "raise" or "leave out".

    Raises:
        ValueError: another choice of `bad_clients`, or the clients promise other batches (their
            `element_spec`) than the process takes.
    """

    def __init__(self, process, clients, bad_clients):
        if bad_clients not in ("raise", "leave out"):
            raise ValueError(f'bad_clients is {bad_clients!r}, but must be "raise" or "leave out".')
        self._clients, self._choice = clients, bad_clients
        self._expected = _batch_type(process, clients)
        self._seen = {}

    def complaint(self, client, round_num):
        """What keeps a client from training, as half a sentence; None where nothing does."""
        if client not in self._seen:
            self._seen[client] = _complaint(self._data(client, round_num), self._expected)
        return self._seen[client]

    def _data(self, client, round_num):
        # To read through a dataset takes as long as a round of a small model; arrays take nothing.
        # A class that was derived from it may have other datasets.
        if type(self._clients) is ClientDatasets:
            return [self._clients.examples(client)]
        # Not the one that is trained on: tf.data's shuffle counts how often it has been read.
        (batches,) = self._clients.cohort([client], round_num)
        return batches

    def left_out(self, rows):
        """Why the clients that the rows of a history call left out were: {client: complaint}."""
        return {
            client: self.complaint(client, row["round"]) or "its data has changed since then"
            for row in rows
            for client in row.get("left_out", ())
        }

    def sort_out(self, cohort, round_num):
        """Part a cohort into those who can train and those who cannot.

        Args:
            cohort: (n,) integers, the clients.
            round_num: the round whose data is looked at.

        Returns:
            The cohort without the bad clients, an array, and these as {client: complaint}.

        Raises:
            BadClientError: a client is bad and the choice is "raise", or all of them are.
        """
        bad = {int(client): self.complaint(int(client), round_num) for client in cohort}
        bad = {client: complaint for client, complaint in bad.items() if complaint is not None}
        told = [f"client {client}: {complaint}" for client, complaint in bad.items()]
        told = "; ".join(told[:_NAMED_AT_MOST] + ["and others"][: len(told) > _NAMED_AT_MOST])
        if bad and self._choice == "raise":
            raise BadClientError(
                f"In round {round_num}, {told}. Mend this data, or train without it: "
                'bad_clients="leave out".'
            )
        if len(bad) == len(cohort):
            raise BadClientError(
                f"Nobody is left to train in round {round_num}: {told}. Mend this data, or choose "
                "more clients_per_round."
            )
        return np.array([client for client in cohort if int(client) not in bad]), bad


def is_finite(process, state):
    """Whether the weights of a state of the process are free of NaN and infinity."""
    # TFF's states show their weights. To ask the process is a computation, which takes a while.
    weights = getattr(state, "global_model_weights", None)
    if weights is None:
        weights = process.get_model_weights(state)
    return all(np.isfinite(array).all() for array in tree.flatten(weights))


def has_diverged(process, output, row):
    """Whether a round has left the numbers that can be computed with.

    Args:
        process: a `LearningProcess`, or anything with its `get_model_weights`.
        output: what its `next` gave.
        row: the round's row of the history.
    """
    server = output.metrics.get("finalizer")
    return bool(
        not np.isfinite(row.get("train_loss", 0.0))
        # No client's update was finite.
        or row.get("num_examples") == 0
        # Their average was not: TFF's server then keeps the weights it had, and counts it here.
        or (isinstance(server, Mapping) and server.get("update_non_finite", 0) > 0)
        or not is_finite(process, output.state)
    )


def _batch_type(process, clients):
    """What a batch has to be, as a TFF type; None where neither side says."""
    signature = getattr(process.next, "type_signature", None)
    taken = None if signature is None else signature.parameter[1].member.element
    spec = getattr(clients, "element_spec", None)
    given = None if spec is None else tff.types.tensorflow_to_type(spec)
    if taken is not None and given is not None and not taken.is_assignable_from(given):
        raise ValueError(
            f"A batch of these clients is {given}, but the process takes {taken}. Build the "
            "process with the element_spec of the clients."
        )
    return taken if given is None else given


def _complaint(batches, expected):
    if isinstance(batches, tf.data.Dataset):
        complaint = _other_type(batches.element_spec, expected)
        if complaint is not None:
            return complaint
        # In large pieces and without tf.data's own tuning, which costs more than it saves here.
        plain = tf.data.Options()
        plain.experimental_optimization.apply_default_optimizations = False
        plain.autotune.enabled = False
        batches = batches.rebatch(1000).with_options(plain).as_numpy_iterator()
        expected = None
    examples = spoilt = 0
    for batch in batches:
        batch = tree.map_structure(np.asarray, batch)
        spec = tree.map_structure(lambda array: tf.TensorSpec(array.shape, array.dtype), batch)
        complaint = _other_type(spec, expected)
        if complaint is not None:
            return complaint
        finite = [_finite_examples(array) for array in tree.flatten(batch)]
        examples += len(finite[0])
        spoilt += np.sum(~np.logical_and.reduce(finite))
    if examples == 0:
        return "it has no examples"
    if spoilt:
        return f"{spoilt} of the {examples} examples it trains on hold NaN or infinite values"
    return None


def _other_type(spec, expected):
    given = tff.types.tensorflow_to_type(spec)
    if expected is None or expected.is_assignable_from(given):
        return None
    return f"its batches are {given}, but should be {expected}"


def _finite_examples(array):
    """(examples,) bool: which examples of a batch are finite throughout."""
    array = np.atleast_1d(array)
    if array.dtype.kind not in "fc":
        return np.ones(len(array), bool)
    return np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
