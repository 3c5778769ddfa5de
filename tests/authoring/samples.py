"""A small course of one notebook, good as it stands; the tests break it in one place each."""

from pathlib import Path

from cnnlab.authoring import Problem, SourceError
from cnnlab.authoring.build import read_course

COURSE = """\
[[notebook]]
number = "01"
name = "01_doubling"
title = "Doubling"
minutes = 5
teaches = "twice as much"

[exercise.double]
notebook = "01"
points = 1
minutes = 2
difficulty = 1
lines = 2
source = "Arithmetic."
hints = ["Gentle.", "Clearer.", "Almost there."]
"""

SOURCE = '''\
# %% [markdown]
# # Doubling
#
# The end of a solution is the begin of the next.

# %%
import math

# %% exercise="double"
def double(x):
    """Return twice x."""
    # BEGIN SOLUTION
    twice = math.fsum([x, x])
    return twice
    # END SOLUTION


# %% check="double"
try:
    print(double(2))
except NotImplementedError as error:
    print(error)

# %% hints="double"
print("one", "two", "three")
'''


def changed(old: str, new: str, text: str = SOURCE) -> str:
    """Replace what stands exactly once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def lay_out(folder: Path, course: str = COURSE, **sources: str) -> tuple[Path, Path]:
    """Write a course; return the folder of its sources and its map. Names come without their number: ``doubling=``."""
    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    for n, (name, text) in enumerate(sources.items(), 1):
        (source / f"{n:02}_{name}.py").write_text(text, encoding="utf-8", newline="\n")
    (folder / "course.toml").write_text(course, encoding="utf-8")
    return source, folder / "course.toml"


def problems(folder: Path, course: str = COURSE, **sources: str) -> list[Problem]:
    """Return what stops the build of a course; nothing if nothing does."""
    try:
        read_course(*lay_out(folder, course, **sources))
    except SourceError as error:
        return error.problems
    return []
