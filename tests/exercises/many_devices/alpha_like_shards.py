import numpy as np

from tests.exercises.answers import Answers

answers = Answers()

answers.right(0.05)
answers.right(0.045)
answers.right(np.float32(0.04))
answers.wrong("At α = 0.1")(0.1)
answers.wrong("At α = 1")(1)
answers.wrong("heterogeneity to reach")(0.8)
answers.wrong("Go the other way")(0.2)
answers.wrong("It is not 0.5")(0.5)
answers.wrong("a text, where a number is expected")("0.05")
answers.wrong("a list, where a number is expected")([0.05, 0.045])
# Nobody can be given a digit each.
answers.wrong("It is not 0.001")(0.001)
answers.wrong("It is not 0")(0)
answers.wrong("It is not -0.05")(-0.05)
answers.wrong("It is not nan")(float("nan"))
answers.wrong("It is not inf")(float("inf"))
