from tests.exercises.answers import Answers

answers = Answers()

answers.right("c")
answers.right("C ")
answers.right("c\n")
answers.wrong("chance alone gives 0.19 too")("a")
answers.wrong("only as much as chance makes them")("b")
answers.wrong("look at the last number")("d")
answers.wrong("one of the letters")("quantity skew")
answers.wrong("one of the letters")(3)
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(None)
