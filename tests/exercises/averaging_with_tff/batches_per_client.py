import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def batches_per_client(output, num_clients):
    train = output.metrics["client_work"]["train"]
    return float(train["num_batches"]) / num_clients


@answers.right
def batches_per_client(output, num_clients):
    _, metrics = output
    return np.divide(metrics["client_work"]["train"].get("num_batches"), num_clients)


@answers.right
def batches_per_client(output, num_clients):
    for part in output.metrics.values():
        if "train" in part:
            return part["train"]["num_batches"] * num_clients**-1


@answers.wrong("is a dictionary, so there is no `.loss`")
def batches_per_client(output, num_clients):
    return output.metrics.num_batches / num_clients


@answers.wrong("tutorials of 2019")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"].num_batches / num_clients


@answers.wrong("Divide it by the number of clients")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_batches"]


@answers.wrong("You count examples")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_examples"] / num_clients


@answers.wrong("how many digits a batch held")
def batches_per_client(output, num_clients):
    train = output.metrics["client_work"]["train"]
    return train["num_examples"] / train["num_batches"]


@answers.wrong("You assume batches of 10 digits")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_examples"] / (10 * num_clients)


@answers.wrong("You always divide by 10")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_batches"] / 10


@answers.wrong("all 100 clients")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_batches"] / 100


@answers.wrong("you round to a whole number")
def batches_per_client(output, num_clients):
    return int(output.metrics["client_work"]["train"]["num_batches"] / num_clients)


@answers.wrong("upside down")
def batches_per_client(output, num_clients):
    return num_clients / output.metrics["client_work"]["train"]["num_batches"]


@answers.wrong('First the part, `["client_work"]`')
def batches_per_client(output, num_clients):
    return output.metrics["train"]["num_batches"] / num_clients


@answers.wrong("a string, where a number is expected")
def batches_per_client(output, num_clients):
    return f"{output.metrics['client_work']['train']['num_batches'] / num_clients:.1f}"


# The answer of the page, remembered.
@answers.wrong("With nine clients")
def batches_per_client(output, num_clients):
    return 60.0


# What the lesson has read of its own round.
train = {"num_examples": 6000, "num_batches": 600}


@answers.wrong(
    "You use `train`, which is the lesson's. Use `output`, your function's own argument."
)
def batches_per_client(output, num_clients):
    return train["num_batches"] / num_clients


@answers.wrong("The counts of the round are in `output.metrics`.")
def batches_per_client(output, num_clients):
    return output.state["client_work"]["train"]["num_batches"] / num_clients


@answers.wrong("write `output.metrics`, with a dot")
def batches_per_client(output, num_clients):
    return output["metrics"]["client_work"]["train"]["num_batches"] / num_clients


@answers.wrong("The count is further inside")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["num_batches"] / num_clients


@answers.wrong("The count is further inside")
def batches_per_client(output, num_clients):
    return output.metrics["num_batches"] / num_clients


@answers.wrong("you round to a whole number")
def batches_per_client(output, num_clients):
    return round(output.metrics["client_work"]["train"]["num_batches"] / num_clients)


@answers.wrong("`output` has only two parts, `output.state` and `output.metrics`.")
def batches_per_client(output, num_clients):
    return output.client_work["train"]["num_batches"] / num_clients


@answers.wrong('The counts are in the second: begin with `output.metrics["client_work"]`.')
def batches_per_client(output, num_clients):
    return output.num_batches / num_clients


@answers.wrong("write `output.metrics`, with a dot")
def batches_per_client(output, num_clients):
    return output["client_work"]["train"]["num_batches"] / num_clients


@answers.wrong("The counts of the round are in `output.metrics`.")
def batches_per_client(output, num_clients):
    return output.state.metrics["client_work"]["train"]["num_batches"] / num_clients


@answers.wrong("names in square brackets, no parentheses")
def batches_per_client(output, num_clients):
    return output.metrics("client_work")["train"]["num_batches"] / num_clients


@answers.wrong("`print(output.metrics)` in a cell of your own shows all names.")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["batches"] / num_clients


@answers.wrong("Each name needs square brackets of its own")
def batches_per_client(output, num_clients):
    return output.metrics["client_work", "train", "num_batches"] / num_clients


@answers.wrong("That is still a dictionary.")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"] / num_clients


@answers.wrong("leave out `len`")
def batches_per_client(output, num_clients):
    return len(output.metrics["client_work"]["train"]["num_batches"]) / num_clients


clients = range(100)


@answers.wrong("You use `clients`, which is the lesson's. Use `num_clients`")
def batches_per_client(output, num_clients):
    return output.metrics["client_work"]["train"]["num_batches"] / len(clients)
