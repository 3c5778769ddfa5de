"""From the course to a class's assignment: chosen notebooks, an instructor's points, no answers.

A release is made in memory first (:func:`~cnnlab.grading.release.make.make`), searched for solutions
(:mod:`~cnnlab.grading.release.leak`), and only then written, whole or not at all
(:func:`~cnnlab.grading.release.place.put`). The sources of the notebooks are not needed: what is released is the
learner edition that came with this installation.
"""

from cnnlab.grading.release.make import FORMATS, Made, make
from cnnlab.grading.release.place import may_write, put

__all__ = ["FORMATS", "Made", "make", "may_write", "put"]
