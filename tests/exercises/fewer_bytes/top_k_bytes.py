import math

import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def top_k_bytes(n, k):
    width = (n - 1).bit_length()
    return 4 * k + -(-min(n, k * width) // 8)


@answers.right
def top_k_bytes(n, k):
    positions = math.ceil(k * math.ceil(math.log2(n)) / 8)
    mask = math.ceil(n / 8)
    return 4 * k + (positions if positions < mask else mask)


@answers.right
def top_k_bytes(n, k):
    bits = np.minimum(n, k * np.ceil(np.log2(n)))
    return 4.0 * k + np.ceil(bits / 8)


@answers.wrong("You count the values alone")
def top_k_bytes(n, k):
    return k * 4


@answers.wrong("a mask takes fewer bits")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(k * math.ceil(math.log2(n)) / 8)


@answers.wrong("You always count a mask")
def top_k_bytes(n, k):
    return 4 * k + (n + 7) // 8


@answers.wrong("This is in bits")
def top_k_bytes(n, k):
    return 32 * k + min(k * math.ceil(math.log2(n)), n)


@answers.wrong("You give each position 4 bytes")
def top_k_bytes(n, k):
    return min(8 * k, 4 * k + math.ceil(n / 8))


@answers.wrong("Round log2(n) up before you multiply")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * math.log2(n), n) / 8)


@answers.wrong("You round log2(n) down")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * int(math.log2(n)), n) / 8)


@answers.wrong("one bit too many")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * n.bit_length(), n) / 8)


@answers.wrong("You cut off the last byte")
def top_k_bytes(n, k):
    return 4 * k + min(k * math.ceil(math.log2(n)), n) // 8


@answers.wrong("Bytes come whole")
def top_k_bytes(n, k):
    return 4 * k + min(k * math.ceil(math.log2(n)), n) / 8


@answers.wrong("They are packed one after the other")
def top_k_bytes(n, k):
    return 4 * k + min(k * math.ceil(math.ceil(math.log2(n)) / 8), math.ceil(n / 8))


# The widths of the lesson's vector, whatever n is.
@answers.wrong("is expected")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * 18, n) / 8)


@answers.wrong("You add bits to bytes")
def top_k_bytes(n, k):
    return 4 * k + min(k * math.ceil(math.log2(n)), n)


@answers.wrong("take the logarithm of n")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * math.ceil(math.log2(k)), n) / 8)


@answers.wrong("the natural logarithm")
def top_k_bytes(n, k):
    return 4 * k + math.ceil(min(k * math.ceil(math.log(n)), n) / 8)


@answers.wrong("whole bytes: they are packed")
def top_k_bytes(n, k):
    return k * (4 + math.ceil(math.log2(n) / 8))


@answers.wrong("And where many numbers are sent, a mask")
def top_k_bytes(n, k):
    return 4 * k + 4 * k
