from tests.exercises.answers import Answers

answers = Answers()

answers.right("a")
answers.right(" A ")
answers.right("a)")
answers.wrong("no single hand to adapt")("b")
answers.wrong("says nothing about single people")("c")
answers.wrong("was the figure before")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(20)
