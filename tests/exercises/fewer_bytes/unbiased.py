from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right(" B ")
answers.right("b)")
answers.wrong("every larger one is cut first")("a")
answers.wrong("a small number always becomes 0")("c")
answers.wrong("the mean is too small")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(10)
