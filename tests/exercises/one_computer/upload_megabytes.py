import numpy as np

from tests.exercises.answers import Answers

answers = Answers()


@answers.right
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    total = 0
    for _ in range(num_people):
        total += photos_each * (height * width * bytes_per_pixel + 1)
    return total / 1_000_000


@answers.right
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    photo = np.prod([height, width, bytes_per_pixel]) + 1
    return np.float64(num_people) * photos_each * photo * 1e-6


@answers.right
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    photos = num_people * photos_each
    pixels, labels = photos * height * width * bytes_per_pixel, photos
    return (pixels + labels) / 10**6


@answers.wrong("The labels are missing")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * height * width * bytes_per_pixel / 1e6


@answers.wrong("one label per person")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * (photos_each * height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("a single label for all photographs")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return (num_people * photos_each * height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("You add a byte to each pixel")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * height * width * (bytes_per_pixel + 1) / 1e6


@answers.wrong("multiply the label's byte")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width + 1) * bytes_per_pixel / 1e6


@answers.wrong("one byte per pixel")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width + 1) / 1e6


@answers.wrong("what one person uploads")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return photos_each * (height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("one photograph per person")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * (height * width * bytes_per_pixel + 1) / 1e6


@answers.wrong("These are bytes")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width * bytes_per_pixel + 1)


@answers.wrong("These are kilobytes")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1000


@answers.wrong("mebibyte")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1024 / 1024


@answers.wrong("drop the digits after the decimal point")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width * bytes_per_pixel + 1) // 10**6


# Rounds.
@answers.wrong("returned 46.182. It is rounded")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return round(num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1e6, 3)


# The numbers of the example, written into the function.
@answers.wrong("With 111 digits from each of 530 people")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return 5_000 * 200 * (480 * 640 * 3 + 1) / 1e6


# An argument is missing.
@answers.wrong("Leave the first line of the function as the task has it")
def upload_megabytes(num_people, photos_each, height, width):
    return num_people * photos_each * (height * width * 3 + 1) / 1e6


@answers.wrong("in parentheses")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * height * width * bytes_per_pixel + 1 / 1e6


@answers.wrong("gigabytes")
def upload_megabytes(num_people, photos_each, height, width, bytes_per_pixel):
    return num_people * photos_each * (height * width * bytes_per_pixel + 1) / 1e9
