"""Lesson 00 in the terminal: a first model, and five federated rounds that improve it."""

import sys

NUM_CLIENTS = 530


def main(num_rounds: int = 5, clients_per_round: int = 106) -> int:
    """Run the rounds and print the loss of each.

    Args:
        num_rounds: the number of rounds.
        clients_per_round: how many of the 530 people take part in a round; each round draws others.

    Returns:
        The exit status: 0.

    Raises:
        ValueError: a number is out of range.

    Lesson: 00_start_here runs such rounds and explains them.
    """
    if num_rounds < 1 or not 1 <= clients_per_round <= NUM_CLIENTS:
        raise ValueError(
            "The number of rounds must be at least 1, and the number of clients between 1 and "
            f"{NUM_CLIENTS}. You asked for {num_rounds} and {clients_per_round}."
        )
    print("Loading TensorFlow Federated …", flush=True)
    from fedtutor import data, federated, models, partition

    digits = data.load_mnist()
    general, on_devices = data.volunteers_and_devices(digits.writer_train)
    clients = federated.ClientDatasets(
        digits.x_train[on_devices],
        digits.y_train[on_devices],
        partition.by_writer(digits.writer_train[on_devices]),
        batch_size=10,
    )
    evaluate = federated.Evaluator(models.perceptron_2nn, digits.x_test, digits.y_test)
    first_model = models.first_model(digits)
    before = evaluate(first_model.get_weights())["accuracy"]
    print(
        f"A first model, trained on {len(general):,} digits of nine volunteers, gets "
        f"{before:.1%} of the test digits right."
    )
    print(
        f"Rounds of training: {num_rounds}, each with {clients_per_round} of the other "
        f"{NUM_CLIENTS} people.",
        flush=True,
    )

    trainer = federated.fed_avg(
        models.perceptron_2nn, clients.element_spec, client_learning_rate=0.1
    )
    run = federated.run_rounds(
        trainer,
        clients,
        num_rounds,
        clients_per_round=clients_per_round,
        seed=1,
        state=federated.start_from(trainer, first_model),
    )
    # After the progress bar is done: printing while it is drawn would break it up.
    sys.stderr.flush()
    for row in run.history.rows:
        print(f"round {row['round']}: loss {row['train_loss']:.3f}")
    after = evaluate(trainer.get_model_weights(run.state))["accuracy"]
    print(f"The averaged model gets {after:.1%} right. No digit left its device.")
    return 0
