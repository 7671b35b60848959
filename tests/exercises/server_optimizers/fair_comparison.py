from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right(" B ")
answers.right("b)")
answers.wrong("Luck is possible")("a")
answers.wrong("multiply different things")("c")
answers.wrong("FedAvg had none")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(5)
