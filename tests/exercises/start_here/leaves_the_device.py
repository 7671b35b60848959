from tests.exercises.answers import Answers

answers = Answers()

answers.right("c")
answers.right(" C")
answers.right("C ")
answers.wrong("private part")("a")
answers.wrong("the digits don't travel")("b")
answers.wrong("learn nothing")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(3)
