import numpy as np

from tests.exercises.answers import Answers

answers = Answers()

answers.right(0.6)
answers.right(300 / 500)
answers.right(np.float32(0.6))
answers.wrong("keeps partial work")(0.0)
answers.wrong("digits times epochs")(300 * 5 / (100 * 20 + 300 * 5 + 100 * 20))
answers.wrong("the same weight")(1 / 3)
answers.wrong("don't add up to 1")(300 / 500 * 5 / 20)
answers.wrong("a percentage")(60)
answers.wrong("Divide it by all")(300)
answers.wrong("a share of all three")(300 / 100)
answers.wrong("It is not 0.75.")(0.75)
answers.wrong("digits times epochs")(0.27)
answers.wrong("the same weight")(0.33)
answers.wrong("B's share of its own epochs")(0.25)
answers.wrong("B's share of all completed epochs")(5 / 45)
answers.wrong("B's share of all completed epochs")(0.11)
