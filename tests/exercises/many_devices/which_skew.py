from tests.exercises.answers import Answers

answers = Answers()

answers.right("c")
answers.right("C ")
answers.wrong("chance gives the same")("a")
answers.wrong("no more than chance makes them differ")("b")
answers.wrong("look at the last number")("d")
answers.wrong("one of the letters")("quantity skew")
answers.wrong("one of the letters")(None)
