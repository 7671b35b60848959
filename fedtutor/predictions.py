"""A reader's guess, set beside what came out."""


def compare(guess: object, outcome: object) -> None:
    """Print the guess of a "Predict, then run" beside the outcome.

    Guessing is optional and never graded: where the dots are still in place, nothing is printed, and
    any other guess is printed as it was typed, right or wrong.

    Args:
        guess: what the reader typed, a number or a letter for instance; `...` without a guess.
        outcome: what came out, in the same form.

    Lesson: 00_start_here is the first of many.
    """
    if guess is not ...:
        print(f"You guessed: {guess}. What came out: {outcome}.")
