from tests.exercises.answers import Answers

answers = Answers()

answers.right("c")
answers.right(" C ")
answers.right("c)")
answers.wrong("this device's digits only")("a")
answers.wrong("not for everybody's digits")("b")
answers.wrong("The first model is not in this figure")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(90)
