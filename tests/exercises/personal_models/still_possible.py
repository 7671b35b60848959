from tests.exercises.answers import Answers

answers = Answers()

answers.right("d")
answers.right(" D ")
answers.right("d)")
answers.wrong("just as many steps")("a")
answers.wrong("keeps its mix of labels")("b")
answers.wrong("as many digits as before")("c")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(20)
