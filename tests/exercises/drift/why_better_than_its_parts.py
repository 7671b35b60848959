from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right("B.")
answers.right("b)")
answers.wrong("weights by numbers of digits")("a")
answers.wrong("Nobody votes")("c")
answers.wrong("about 1,100 digits together")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(2)
