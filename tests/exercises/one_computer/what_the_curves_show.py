from tests.exercises.answers import Answers

answers = Answers()

answers.right("b")
answers.right(" B ")
answers.wrong("and not why")("a")
answers.wrong("counts epochs, and says nothing of time")("c")
answers.wrong("ends at the sixth epoch")("d")
answers.wrong("one of the letters")("e")
answers.wrong("one of the letters")(0.016)
