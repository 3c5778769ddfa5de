"""The bridge to nbgrader: scores, manual grading and feedback of a class live in a real course of it."""

from cnnlab.grading.nbgrader_course.assignment import course_directory
from cnnlab.grading.nbgrader_course.fill import Filled, fill_course

__all__ = ["Filled", "course_directory", "fill_course"]
