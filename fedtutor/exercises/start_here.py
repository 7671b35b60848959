"""The exercises of lesson 00."""

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("00_start_here")
summary = lesson.summary


@lesson.value(
    points=1,
    minutes=1,
    hints=(
        "The first ten entries of an array `a` are `a[:10]`.",
        "An array has a method `.sum()`.",
    ),
)
class digits_in_training:
    answer = 5900
    solution = "clients.num_examples[:10].sum()"
    mistakes = {
        590: "This is what one client holds. Add up ten of them.",
        59_000: "These are all 100 clients. Only the first ten took part.",
        59: "This is the average of all clients over ten of them; add up the first ten instead.",
    }


@lesson.choice(
    points=1,
    minutes=1,
    hints=("Look at step ④ of the picture: what do the arrows back to the server carry?",),
)
class leaves_the_device:
    options = {
        "a": "its digits, without their labels",
        "b": "its digits, encrypted",
        "c": "a model that was trained on its digits",
        "d": "nothing at all",
    }
    answer = "c"
    because = "Only the updated model goes back. Its digits stay where they are, in any form."
    mistakes = {
        "a": "The pictures are the private part, with or without their labels. They stay.",
        "b": "Encrypted or not, the digits do not travel. Something that was made from them does.",
        "d": "If nothing left the device, the server could learn nothing from it.",
    }


@lesson.function(
    points=2,
    minutes=3,
    hints=(
        "Each client receives one model and sends one back, in each round.",
        "Bytes for one trip of one model: `4 * num_parameters`.",
        "A round of `num_clients` clients has `2 * num_clients` trips.",
    ),
)
class megabytes:
    def solution(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 1e6

    def cases(rng):
        yield Case(5, 10, 199_210)
        yield Case(*(int(n) for n in rng.integers(2, 1000, 3)), about="with other numbers")
        yield Case(1, 1, 7_850, about="with one client and one round")
        yield Case(0, 10, 199_210, about="before the first round")

    @mistake("You count one way only. The model goes out to each client and comes back from it.")
    def one_way(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 4 * num_parameters / 1e6

    @mistake("You count one byte for each number. A number of the model has four bytes.")
    def one_byte(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * num_parameters / 1e6

    @mistake("This is one round. All of them are asked for.")
    def one_round(num_rounds, num_clients, num_parameters):
        return num_clients * 2 * 4 * num_parameters / 1e6

    @mistake("This is what one client moves. All clients of a round are asked for.")
    def one_client(num_rounds, num_clients, num_parameters):
        return num_rounds * 2 * 4 * num_parameters / 1e6

    @mistake("These are bytes. A megabyte is 1,000,000 of them.")
    def in_bytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters

    @mistake("You divide by 1,048,576. That is a mebibyte; a megabyte is 1,000,000 bytes here.")
    def mebibytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 2**20
