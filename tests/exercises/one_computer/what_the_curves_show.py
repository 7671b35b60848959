from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right(" B ")
answers.right("B")
answers.wrong("can't say what comes after it")("a")
answers.wrong("taken out of the training digits")("c")
answers.wrong("not measured at the same time")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")("ab")
answers.wrong("one of the letters")(0.976)
