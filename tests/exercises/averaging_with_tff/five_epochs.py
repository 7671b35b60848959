from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right("B ")
answers.right(" b")
answers.wrong("doesn't send anything after each epoch")("a")
answers.wrong("in a round one model and one update travel")("c")
answers.wrong("300 steps")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(5)
