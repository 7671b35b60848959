import numpy as np

from tests.exercises.answers import Answers

answers = Answers()

answers.right(5900)
answers.right(np.int64(5900))
answers.right(np.full(100, 590)[:10].sum())
answers.wrong("one client")(590)
answers.wrong("all 100 clients")(59_000)
answers.wrong("a list, where a number is expected")([590] * 10)
answers.wrong("It is not 5901")(5901)
answers.wrong("a text")("5900")
