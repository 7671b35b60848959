import numpy as np

from fedtutor import data, partition
from tests.exercises.answers import Answers

answers = Answers()

digits = data.load_mnist()
_, on_devices = data.volunteers_and_devices(digits.writer_train)
sizes = np.array([len(part) for part in partition.by_writer(digits.writer_train[on_devices])])
groups = np.split(np.random.default_rng(seed=1).permutation(530), 5)

answers.right(sizes[groups[0]].sum())
answers.right(sum(int(sizes[client]) for client in groups[0]))
answers.right(11_959.0)
answers.wrong("the number of people in the group")(len(groups[0]))
answers.wrong("the clients 0 to 105")(sizes[:106].sum())
answers.wrong("all 530 people")(sizes.sum())
answers.wrong("the second group")(sizes[groups[1]].sum())
answers.wrong("the volunteers' digits")(60_000 - sizes.sum())
answers.wrong("where a number is expected")(sizes[groups[0]])
answers.wrong("It is not 11960")(11_960)
answers.wrong("a string")("11959")
answers.wrong("leave it out")(None)
answers.wrong("the clients' positions")(groups[0].sum())
answers.wrong("average per person")(sizes[groups[0]].mean())
answers.wrong("an estimate")(sizes.mean() * 106)
