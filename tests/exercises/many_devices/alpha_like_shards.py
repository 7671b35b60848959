import numpy as np

from tests.exercises.answers import Answers

answers = Answers()

answers.right(0.05)
answers.right(0.045)
answers.right(np.float32(0.055))
answers.right(0.06)
answers.wrong("At α = 0.1 the heterogeneity is 0.71. A smaller α makes clients differ more.")(0.1)
answers.wrong("At α = 1 the heterogeneity is 0.34. A smaller α")(1)
answers.wrong("heterogeneity to reach")(0.8)
answers.wrong("a string, where a number is expected")("0.05")
answers.wrong("a list, where a number is expected")([0.05, 0.045])
# Nobody can be given a digit each.
answers.wrong("left without a digit in each of 100 draws. Take a larger α.")(0.001)
answers.wrong("between 0 and 0.1, not 0.")(0)
answers.wrong("not -0.05")(-0.05)
answers.wrong("not nan")(float("nan"))
answers.wrong("not inf")(float("inf"))
