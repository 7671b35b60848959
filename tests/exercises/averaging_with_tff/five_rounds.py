import numpy as np
import tensorflow_federated as tff

from fedtutor import federated
from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        loss = output.metrics["client_work"]["train"]["loss"]
        print(loss)
        losses.append(float(loss))
    return state, losses


# An output can still be taken apart as in 2019.
@answers.right
def five_rounds(trainer, state, train_data):
    losses = np.zeros(5)
    for i in range(5):
        state, metrics = trainer.next(state, train_data)
        losses[i] = metrics["client_work"]["train"]["loss"]
    return [state, losses]


@answers.right
def five_rounds(trainer, state, train_data):
    losses = ()
    while len(losses) < 5:
        output = trainer.next(state=state, client_data=train_data)
        state, losses = output[0], (*losses, output[1]["client_work"]["train"].get("loss"))
    return state, losses


# The old loop as it was.
@answers.wrong("there is no `.loss`")
def five_rounds(trainer, state, train_data):
    for _ in range(5):
        state, metrics = trainer.next(state, train_data)
        print(metrics.loss)


@answers.wrong("there is no `.loss`")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        losses.append(output.metrics.loss)
    return state, losses


@answers.wrong('begin with `["client_work"]["train"]`')
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        losses.append(output.metrics["client_work"]["train"].loss)
    return state, losses


# Printed, as in the old loop.
@answers.wrong("Is the `return` missing?")
def five_rounds(trainer, state, train_data):
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        print(output.metrics["client_work"]["train"]["loss"])


@answers.wrong("Carry the state on: `state = output.state`.")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("Each round begins with the same state")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return output.state, losses


@answers.wrong("You pass the whole output on as the state.")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        state = trainer.next(state, train_data)
        losses.append(state.metrics["client_work"]["train"]["loss"])
    return state, losses


def rounds(trainer, state, train_data, number, name="loss"):
    found = []
    for _ in range(number):
        state, metrics = trainer.next(state, train_data)
        found.append(metrics["client_work"]["train"][name])
    return state, found


@answers.wrong("You run four rounds.")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, len(range(1, 5)))


@answers.wrong("You run six rounds.")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, 6)


@answers.wrong("under 'losses': 10 values, where 5 are expected")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, 10)


@answers.wrong("Is `return` inside the loop?")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        losses.append(output.metrics["client_work"]["train"]["loss"])
        return state, losses


@answers.wrong("Your list holds only the last loss.")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
    losses.append(output.metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("Your list holds only the last loss.")
def five_rounds(trainer, state, train_data):
    for _ in range(5):
        losses = []
        output = trainer.next(state, train_data)
        state = output.state
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("Your second value is not a list.")
def five_rounds(trainer, state, train_data):
    state, losses = rounds(trainer, state, train_data, 5)
    return state, losses[-1]


@answers.wrong("you return the state that your function was given")
def five_rounds(trainer, state, train_data):
    new_state, losses = state, []
    for _ in range(5):
        output = trainer.next(new_state, train_data)
        new_state = output.state
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("You begin with a new state.")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, trainer.initialize(), train_data, 5)


@answers.wrong("`return state, losses`")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, 5)[1]


@answers.wrong("The task asks for two values")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, 5)[0]


@answers.wrong("The task asks for two values")
def five_rounds(trainer, state, train_data):
    state, _ = rounds(trainer, state, train_data, 4)
    return trainer.next(state, train_data)


@answers.wrong("first the state, then the losses")
def five_rounds(trainer, state, train_data):
    state, losses = rounds(trainer, state, train_data, 5)
    return losses, state


@answers.wrong("must be a state of the process, but it is of type LearningProcessOutput")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        output = trainer.next(state, train_data)
        state = output.state
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return output, losses


@answers.wrong("must be a state of the process, but it is of type ModelWeights")
def five_rounds(trainer, state, train_data):
    state, losses = rounds(trainer, state, train_data, 5)
    return trainer.get_model_weights(state), losses


@answers.wrong("Your list holds dictionaries of metrics.")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        state, loss = trainer.next(state, train_data)
        losses.append(loss)
    return state, losses


@answers.wrong("You collect the accuracies.")
def five_rounds(trainer, state, train_data):
    return rounds(trainer, state, train_data, 5, "accuracy")


@answers.wrong("in place 0: a string, where a number is expected")
def five_rounds(trainer, state, train_data):
    state, losses = rounds(trainer, state, train_data, 5)
    return state, [f"{loss:.2f}" for loss in losses]


@answers.wrong("in place 0: None, where a value is expected")
def five_rounds(trainer, state, train_data):
    state, losses = rounds(trainer, state, train_data, 5)
    return state, [print(loss) for loss in losses]


# On the way to the loss.
@answers.wrong('First the part, `["client_work"]`, then `["train"]`.')
def five_rounds(trainer, state, train_data):
    output = trainer.next(state, train_data)
    return output.state, [output.metrics["train"]["loss"]]


@answers.wrong("The loss is further inside: first the part of the process")
def five_rounds(trainer, state, train_data):
    state, metrics = trainer.next(state, train_data)
    return state, [metrics["loss"]]


@answers.wrong("two parts, `output.state` and `output.metrics`. The loss is in the second.")
def five_rounds(trainer, state, train_data):
    output = trainer.next(state, train_data)
    return output.state, [output.loss]


@answers.wrong("An output is not a dictionary: write `output.metrics`, with a dot.")
def five_rounds(trainer, state, train_data):
    output = trainer.next(state, train_data)
    return output.state, [output["metrics"]["client_work"]["train"]["loss"]]


@answers.wrong("old names such as `state.model` are gone")
def five_rounds(trainer, state, train_data):
    output = trainer.next(state, train_data)
    return output.state.model, [output.metrics["client_work"]["train"]["loss"]]


# What is passed to `next`.
@answers.wrong("`trainer.next` takes the state first")
def five_rounds(trainer, state, train_data):
    return trainer.next(train_data, state), []


@answers.wrong("`trainer.next` takes two arguments")
def five_rounds(trainer, state, train_data):
    return trainer.next(state), []


@answers.wrong("Pass `train_data` to `trainer.next` in each round")
def five_rounds(trainer, state, train_data):
    losses = []
    for client_data in train_data:
        output = trainer.next(state, client_data)
        state = output.state
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("but it gets a value of type NoneType there")
def five_rounds(trainer, state, train_data):
    return trainer.next(None, train_data).state, []


@answers.wrong("a round needs the name `next`: `trainer.next(state, train_data)`.")
def five_rounds(trainer, state, train_data):
    return trainer(state, train_data).state, []


# Other names.
@answers.wrong("That name is gone, and a process is already built")
def five_rounds(trainer, state, train_data):
    trainer = tff.learning.build_federated_averaging_process(None)
    return trainer.next(state, train_data).state, []


@answers.wrong("Write the loop yourself, with `trainer.next`.")
def five_rounds(trainer, state, train_data):
    run = federated.run_rounds(trainer, train_data, 5, state=state)
    return run.state, run.history["train_loss"]


output = None  # what the lesson has kept of its own round


@answers.wrong("Save what `trainer.next` returns in each round")
def five_rounds(trainer, state, train_data):
    losses = []
    for _ in range(5):
        trainer.next(state, train_data)
        losses.append(output.metrics["client_work"]["train"]["loss"])
    return output.state, losses


losses = []  # what an earlier run of the cell has returned


@answers.wrong("Your function doesn't define `losses`.")
def five_rounds(trainer, state, train_data):
    for _ in range(5):
        state, metrics = trainer.next(state, train_data)
        losses.append(metrics["client_work"]["train"]["loss"])
    return state, losses


@answers.wrong("`print(output.metrics)` in a cell of your own shows all names.")
def five_rounds(trainer, state, train_data):
    state, metrics = trainer.next(state, train_data)
    return state, [metrics["clientwork"]["train"]["loss"]]
