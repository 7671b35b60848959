"""The exercises of lesson 00."""

from fedtutor.exercises.problem import Case, Lesson, mistake

lesson = Lesson("00_start_here")
summary = lesson.summary


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
        "b": "Encrypted or not, the digits don't travel. Something that was made from them does.",
        "d": "If nothing left the device, the server could learn nothing from it.",
    }


@lesson.value(
    points=1,
    minutes=3,
    tolerance=1e-5,
    hints=(
        "NumPy picks several entries at once: `a[[2, 5]]` are the entries 2 and 5 of an array `a`.",
        "An array has a method `.sum()`.",
    ),
)
class digits_in_training:
    answer = 11_959
    solution = "clients.num_examples[groups[0]].sum()"
    because = "The five groups hold 11,610 to 11,959 digits: their people hold 19 to 131 each."
    mistakes = {
        106: "This is the number of people in the group. Add up their digits.",
        11_311: (
            "These are the digits of the clients 0 to 105. The first group is drawn at random: "
            "`groups[0]` holds its clients' positions."
        ),
        58_963: "These are the digits of all 530 people. The task asks for the first group.",
        11_786: "This is the second group: Python counts from 0, so the first one is `groups[0]`.",
        25_833: (
            "You added up the clients' positions. Use them to pick entries of `clients.num_examples`."
        ),
        112.821: "This is the average per person. The task asks for the sum.",
        11_792.6: "This is an estimate from the average of all 530 people. Add up the group's own.",
        11_766: "This is an estimate, 111 digits per person. Add up what the group's people hold.",
        111.2509: "This is the average of all 530 people. The task asks for the sum over the group.",
        1_037: "These are the volunteers' digits. The first group is one of the five of clients.",
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
        yield Case(5, 106, 199_210)
        yield Case(*(int(n) for n in rng.integers(2, 1000, 3)), about="with other numbers")
        yield Case(1, 1, 7_850, about="with one client and one round")
        yield Case(0, 10, 199_210, about="for 0 rounds")

    @mistake("You count one way only. The model goes out to each client and comes back from it.")
    def one_way(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 4 * num_parameters / 1e6

    @mistake("You count one byte for each number. A number of the model has four bytes.")
    def one_byte(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * num_parameters / 1e6

    @mistake("This is one round. The task asks for all `num_rounds` of them.")
    def one_round(num_rounds, num_clients, num_parameters):
        return num_clients * 2 * 4 * num_parameters / 1e6

    @mistake("This is what one client moves. The task asks for all clients of a round.")
    def one_client(num_rounds, num_clients, num_parameters):
        return num_rounds * 2 * 4 * num_parameters / 1e6

    @mistake("These are megabits. A byte is 8 bits, and the task counts bytes.")
    def in_bits(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 32 * num_parameters / 1e6

    @mistake(
        "The megabytes are not whole numbers: `//` and `int` drop the digits after the decimal point. "
        "Divide with `/`, and don't round."
    )
    def whole_megabytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters // 1e6

    @mistake(
        "This is one round: your loop returns at once. Move `return` after the loop, and add up."
    )
    def ends_at_once(num_rounds, num_clients, num_parameters):
        return num_clients * 2 * 4 * num_parameters / 1e6 if num_rounds else None

    @mistake(
        "You count one way only, and one byte for each number. The model goes out and comes back, and a "
        "number has four bytes."
    )
    def both_factors_missing(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * num_parameters / 1e6

    @mistake("You always count five rounds. Use `num_rounds`.")
    def always_five_rounds(num_rounds, num_clients, num_parameters):
        return 5 * num_clients * 2 * 4 * num_parameters / 1e6

    @mistake("You always count 106 clients. Use `num_clients`.")
    def always_106_clients(num_rounds, num_clients, num_parameters):
        return num_rounds * 106 * 2 * 4 * num_parameters / 1e6

    @mistake("You always count 199,210 parameters. Use `num_parameters`.")
    def always_the_2nn(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * 199_210 / 1e6

    @mistake("These are kilobytes. A megabyte is 1,000,000 bytes.")
    def in_kilobytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 1e3

    @mistake("These are gigabytes. A megabyte is 1,000,000 bytes.")
    def in_gigabytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 1e9

    @mistake("These are bytes. A megabyte is 1,000,000 of them.")
    def in_bytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters

    @mistake("You divide by 10,000,000: `10e6` is ten million. A megabyte is 1,000,000 bytes.")
    def ten_million(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 10e6

    @mistake("You divide by 1,048,576. That is a mebibyte; a megabyte is 1,000,000 bytes here.")
    def mebibytes(num_rounds, num_clients, num_parameters):
        return num_rounds * num_clients * 2 * 4 * num_parameters / 2**20
