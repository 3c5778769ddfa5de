"""Two sides of a wire in one process."""

from cnnlab.grading.wire.mirror import Mirror


class Stood:
    def __init__(self, number, what):
        self.what = what


def pair():
    return Mirror(0, Stood), Mirror(1, Stood)


def crossed(value):
    here, there = pair()
    [came] = here.unpack(there.pack(value))
    return came
