import heapq

import numpy as np
import tensorflow as tf

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    smallest = np.argsort(-np.abs(wanted))[k:]
    message = wanted.copy()
    message[smallest] = 0
    return message, wanted - message


@answers.right
def top_k_with_memory(update, memory, k):
    wanted = np.add(update, memory)
    limit = np.sort(np.abs(wanted))[-k]
    return [
        np.where(np.abs(wanted) >= limit, wanted, 0),
        np.where(np.abs(wanted) < limit, wanted, 0),
    ]


@answers.right
def top_k_with_memory(update, memory, k):
    wanted = [u + m for u, m in zip(update, memory)]
    chosen = heapq.nlargest(k, range(len(wanted)), key=lambda i: abs(wanted[i]))
    message, left = np.zeros(len(wanted)), np.array(wanted)
    for i in chosen:
        message[i], left[i] = wanted[i], 0
    return message, left


@answers.right
def top_k_with_memory(update, memory, k):
    wanted = tf.constant(update) + memory
    _, largest = tf.math.top_k(tf.abs(wanted), k)
    message = tf.scatter_nd(largest[:, None], tf.gather(wanted, largest), wanted.shape)
    return message, wanted - message


def top(vector, k):
    kept = np.zeros_like(vector)
    largest = np.argpartition(np.abs(vector), -k)[-k:]
    kept[largest] = vector[largest]
    return kept


@answers.wrong("You never look at the memory")
def top_k_with_memory(update, memory, k):
    message = top(update, k)
    return message, update - message


@answers.wrong("only piles up in the memory")
def top_k_with_memory(update, memory, k):
    message = top(update, k)
    return message, memory + (update - message)


@answers.wrong("the new memory forgets the old one")
def top_k_with_memory(update, memory, k):
    message = top(update + memory, k)
    return message, update - message


@answers.wrong("Compare absolute values")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = np.zeros_like(wanted)
    largest = np.argsort(wanted)[::-1][:k]
    message[largest] = wanted[largest]
    return message, wanted - message


@answers.wrong("still holds what was sent")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    return top(wanted, k), wanted


@answers.wrong("return the message first")
def top_k_with_memory(update, memory, k):
    message = top(update + memory, k)
    return update + memory - message, message


@answers.wrong("without their places")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    order = np.argsort(np.abs(wanted))
    left = wanted.copy()
    left[order[-k:]] = 0
    return wanted[order[-k:]], left


@answers.wrong("Send the sum of update and memory")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = np.where(top(wanted, k) != 0, update, 0.0)
    return message, wanted - message


@answers.wrong("You returned only the message")
def top_k_with_memory(update, memory, k):
    return top(update + memory, k)


# Keeps the memory in the caller's array.
@answers.wrong("It changes `memory`")
def top_k_with_memory(update, memory, k):
    memory += update
    message = top(memory, k)
    memory -= message
    return message, memory


@answers.wrong("Send the k largest")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = np.zeros_like(wanted)
    chosen = np.argsort(np.abs(wanted))[:k]
    message[chosen] = wanted[chosen]
    return message, wanted - message


@answers.wrong("the new memory forgets the update")
def top_k_with_memory(update, memory, k):
    message = top(update + memory, k)
    return message, memory - message


@answers.wrong("Return two arrays, not lists")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = top(wanted, k)
    return message.tolist(), (wanted - message).tolist()


@answers.wrong("as long as the update")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = np.sort(np.abs(wanted))[-k:]
    return message, wanted - message


@answers.wrong("`[-k:]` are the k largest")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    message = np.zeros_like(wanted)
    chosen = np.argsort(np.abs(wanted))[k:]
    message[chosen] = wanted[chosen]
    return message, wanted - message


# Both results are too short.
@answers.wrong("Your message isn't as long as the update")
def top_k_with_memory(update, memory, k):
    wanted = update + memory
    order = np.argsort(np.abs(wanted))
    return wanted[order[-k:]], wanted[order[:-k]]
