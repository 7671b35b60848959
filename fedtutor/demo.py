"""Lesson 00 in the terminal: a first model, and five federated rounds that improve it."""

import sys

NUM_CLIENTS = 100


def main(num_rounds: int = 5, clients_per_round: int = 10) -> int:
    """Run the rounds and print the loss of each.

    Args:
        num_rounds: the number of rounds.
        clients_per_round: how many of the 100 clients take part. They are the same in every round.

    Returns:
        The exit status: 0.

    Raises:
        ValueError: a number is out of range.

    Lesson: 00_start_here runs the same rounds and explains them.
    """
    if num_rounds < 1 or not 1 <= clients_per_round <= NUM_CLIENTS:
        raise ValueError(
            "The number of rounds must be at least 1, and the number of clients between 1 and "
            f"{NUM_CLIENTS}. You asked for {num_rounds} and {clients_per_round}."
        )
    print("Loading TensorFlow Federated …", flush=True)
    from fedtutor import data, federated, models, partition

    digits = data.load_mnist()
    _, on_devices = data.general_and_devices(digits.y_train)
    labels = digits.y_train[on_devices]
    clients = federated.ClientDatasets(
        digits.x_train[on_devices],
        labels,
        partition.iid(labels, NUM_CLIENTS, seed=1)[:clients_per_round],
        batch_size=10,
    )
    evaluate = federated.Evaluator(models.perceptron_2nn, digits.x_test, digits.y_test)
    first_model = models.first_model(digits)
    before = evaluate(first_model.get_weights())["accuracy"]
    print(
        "A first model, trained on 1,000 general digits, gets "
        f"{before:.1%} of the test digits right."
    )
    print(
        f"Clients: {clients_per_round}, with {clients.num_examples[0]} digits each. "
        f"Rounds of training: {num_rounds}.",
        flush=True,
    )

    trainer = federated.fed_avg(
        models.perceptron_2nn, clients.element_spec, client_learning_rate=0.05
    )
    run = federated.run_rounds(
        trainer, clients, num_rounds, state=federated.start_from(trainer, first_model)
    )
    # After the progress bar is done: printing while it is drawn would break it up.
    sys.stderr.flush()
    for row in run.history.rows:
        print(f"round {row['round']}: loss {row['train_loss']:.3f}")
    after = evaluate(trainer.get_model_weights(run.state))["accuracy"]
    print(f"The averaged model gets {after:.1%} right. No digit left its client.")
    return 0
