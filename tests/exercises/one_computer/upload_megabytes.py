import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    total = 0
    for _ in range(num_people):
        total += images_each * (height * width * bytes_per_pixel + 1)
    return total / 1_000_000


@answers.right
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    image = np.prod([height, width, bytes_per_pixel]) + 1
    return np.float64(num_people) * images_each * image * 1e-6


@answers.right
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    images = num_people * images_each
    pixels, labels = images * height * width * bytes_per_pixel, images
    return (pixels + labels) / 10**6


@answers.wrong("You forget the label")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * height * width * bytes_per_pixel / 1e6


@answers.wrong("one byte per label and person")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * (images_each * height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("a single label for all images")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return (num_people * images_each * height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("You add a byte to each pixel")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * height * width * (bytes_per_pixel + 1) / 1e6


@answers.wrong("as many bytes as a pixel")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width + 1) * bytes_per_pixel / 1e6


@answers.wrong("one byte for each pixel")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width + 1) / 1e6


@answers.wrong("what one person hands over")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return images_each * (height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("one image for each person")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * (height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("These are bytes")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width * bytes_per_pixel + 1)


@answers.wrong("These are kilobytes")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width * bytes_per_pixel + 1) / 1000


@answers.wrong("mebibyte")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width * bytes_per_pixel + 1) / 1024 / 1024


@answers.wrong("cuts off what comes after the point")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return num_people * images_each * (height * width * bytes_per_pixel + 1) // 10**6


# Rounds.
@answers.wrong("With other numbers")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return round(num_people * images_each * (height * width * bytes_per_pixel + 1) / 1e6, 3)


# The numbers of the page stand in the function.
@answers.wrong("With the digits of this lesson")
def upload_megabytes(num_people, images_each, height, width, bytes_per_pixel):
    return 5_000 * 200 * (480 * 640 * 3 + 1) / 1e6


# One argument is renamed away.
@answers.wrong("Leave the first line of the function as the task has it")
def upload_megabytes(num_people, images_each, height, width):
    return num_people * images_each * (height * width * 3 + 1) / 1e6
