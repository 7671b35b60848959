import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def adapter_bytes(shapes, rank):
    total = 0
    for shape in shapes:
        total += rank * (shape[0] + shape[1])
    return total * 4


@answers.right
def adapter_bytes(shapes, rank):
    return sum(4 * rank * sum(shape) for shape in shapes)


@answers.right
def adapter_bytes(shapes, rank):
    total = 0
    for inputs, outputs in shapes:
        a, b = np.zeros((inputs, rank), np.float32), np.zeros((rank, outputs), np.float32)
        total += a.nbytes + b.nbytes
    return total


@answers.right
def adapter_bytes(shapes, rank):
    shapes = np.array(shapes)
    return 4 * rank * (shapes[:, 0].sum() + shapes[:, 1].sum())


@answers.wrong("not bytes")
def adapter_bytes(shapes, rank):
    return sum(inputs * rank + rank * outputs for inputs, outputs in shapes)


@answers.wrong("8 bytes")
def adapter_bytes(shapes, rank):
    return sum(np.zeros((i, rank)).nbytes + np.zeros((rank, o)).nbytes for i, o in shapes)


@answers.wrong("These are bits")
def adapter_bytes(shapes, rank):
    return 32 * rank * sum(inputs + outputs for inputs, outputs in shapes)


@answers.wrong("not their product")
def adapter_bytes(shapes, rank):
    return sum((np.zeros((i, rank), "f4") @ np.zeros((rank, o), "f4")).nbytes for i, o in shapes)


@answers.wrong("two matrices")
def adapter_bytes(shapes, rank):
    return sum(4 * rank * inputs * outputs for inputs, outputs in shapes)


@answers.wrong("You count A only")
def adapter_bytes(shapes, rank):
    return 4 * sum(inputs * rank for inputs, _ in shapes)


@answers.wrong("You count B only")
def adapter_bytes(shapes, rank):
    return 4 * sum(outputs * rank for _, outputs in shapes)


@answers.wrong("the layers themselves")
def adapter_bytes(shapes, rank):
    return 4 * sum(i * o + i * rank + rank * o for i, o in shapes)


@answers.wrong("also count biases")
def adapter_bytes(shapes, rank):
    return 4 * sum(i * rank + rank * o + o for i, o in shapes)


@answers.wrong("Only the first layer")
def adapter_bytes(shapes, rank):
    for inputs, outputs in shapes:
        return 4 * rank * (inputs + outputs)
    return 0


@answers.wrong("Is `return` inside the loop?")
def adapter_bytes(shapes, rank):
    total = 0
    for inputs, outputs in shapes:
        total += 4 * rank * (inputs + outputs)
        return total


@answers.wrong("The rank is missing")
def adapter_bytes(shapes, rank):
    return 4 * np.array(shapes).sum()


@answers.wrong("are there parentheses missing?")
def adapter_bytes(shapes, rank):
    total = 0
    for inputs, outputs in shapes:
        total += rank * inputs + outputs
    return total * 4


@answers.wrong("This is in kB")
def adapter_bytes(shapes, rank):
    return sum(4 * rank * sum(shape) for shape in shapes) / 1000
