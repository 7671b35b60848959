"""Flower's client. In a module of its own, which Ray's processes import and so keep."""

import functools

import numpy as np
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from benchmarks.entrants import contract

app = ClientApp()


@functools.cache
def trainer(folder):
    """The work and a trained-in-place model, once for each of Ray's processes."""
    from benchmarks.entrants.arithmetic import Client

    work = contract.Work(folder)
    client = Client(work.initial, work.batch_size, work.learning_rate)
    return functools.cache(work.client), client


@app.train()
def train(message, context):
    examples, client = trainer(message.content["config"]["folder"])
    # The clients of a round are the first ones; more than there are begin again with the first.
    x, y = examples(context.node_config["partition-id"] % message.content["config"]["clients"])
    weights = client.train(message.content["arrays"].to_numpy_ndarrays(), x, y)
    reply = {
        "arrays": ArrayRecord([np.asarray(array) for array in weights]),
        "metrics": MetricRecord({"num-examples": len(y)}),
    }
    return Message(content=RecordDict(reply), reply_to=message)
