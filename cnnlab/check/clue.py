"""What a learner's exception usually means."""

from __future__ import annotations

import re

from cnnlab.check.run import Run
from cnnlab.check.task import Task
from cnnlab.trial import LearnerError
from cnnlab.words import counted

__all__ = ["of"]

_SHAPES = (
    "Print both shapes at that line. A slice that reaches over the rim of an array is cut short in silence; a sum or "
    "a mean over one axis takes that axis away."
)

# (kind, pattern in the message, what it means, what to look at); the first that fits is told.
CLUES = (
    (
        "NotImplementedError",
        r"is not written",
        "It calls a function that is not written yet.",
        "Write that function first; its check is further up.",
    ),
    ("NotImplementedError", "", "Part of the function is not written yet.", "Look at the line that raises it."),
    (
        "NameError",
        "'np'",
        "`np` is not known here.",
        "Run the notebook's first cell: it has `import numpy as np`.",
    ),
    (
        "UnboundLocalError",
        "",
        "A variable is read before the function has given it a value.",
        "A name that gets a value anywhere in a function is the function's own. On which line should it get its first?",
    ),
    (
        "NameError",
        "'(params|reg)'",
        "A name is used that has no value yet.",
        "In a method, what belongs to the object is reached through `self.`",
    ),
    (
        "NameError",
        "",
        "A name is used that has no value yet.",
        "Look for a typing error in that name, or a cell above that was not run.",
    ),
    (
        "ValueError",
        "remapped shapes",
        "`np.pad` was given more pairs (before, after) than the array has axes, or fewer.",
        "Count the axes, and say for each how much is added in front and behind.",
    ),
    (
        "ValueError",
        "matmul|not aligned",
        "A matrix product (`@`, `np.dot`, `np.matmul`) wants as many columns on its left as rows on its right.",
        "Print both shapes. Or should two arrays be multiplied cell by cell? That is another sign.",
    ),
    (
        "ValueError",
        r"shapes? (?P<one>\([\d, ]*\))(?: into shape)? (?P<two>\([\d, ]*\))",
        "Two arrays of different shapes met: {one} and {two}.",
        _SHAPES,
    ),
    (
        "ValueError",
        "broadcast",
        "Two arrays of different shapes met.",
        _SHAPES,
    ),
    (
        "TypeError",
        "converted to Python scalars",
        "`float(...)` and `int(...)` take one number. An array with axes is none, even if it has a single cell.",
        "Print its shape. If it holds one number, `.item()` takes it out, as in `b.item()`.",
    ),
    (
        "ValueError|TypeError",
        "setting an array element with a sequence|only (0-dimensional|size-1|length-1)",
        "One cell of an array was given several numbers at once.",
        "Look at what is stored: how do many numbers become one?",
    ),
    (
        "ValueError",
        "read-only",
        "Your function writes into an array it was given. Whoever calls it still needs that array.",
        "Work on a copy, or make a new array for the result.",
    ),
    (
        "ValueError",
        "zero-size array|empty sequence",
        "The largest (or smallest) number of an array without any cells was asked for: a slice there lies outside the "
        "array.",
        "Print where that slice starts, and the shape of the array it is cut from.",
    ),
    (
        "ValueError",
        r"cannot reshape array of size (?P<size>\d+) into shape (?P<shape>\([\d, ]*\))",
        "An array of {size} numbers was to be reshaped to {shape}. Reshaping keeps how many numbers there are.",
        "Print its shape at that line. Which axes should the result have, and how long is each?",
    ),
    (
        "ValueError",
        "convert an array of size 1",
        "`.item()` takes the number out of an array that holds just one; this one holds several.",
        "Print the shape of what stands before `.item()`. Which of its numbers is wanted?",
    ),
    (
        "ShapeError",
        "rows of different lengths",
        "A function of the course got several things at once where it takes one array.",
        "A layer returns a result and a cache. Which of the two goes on to the next layer?",
    ),
    (
        "ShapeError",
        "",
        "A function of the course was given something that does not fit. The last line of the message says what.",
        "Print the shape of what you pass to it.",
    ),
    (
        "ValueError",
        "truth value of an array",
        "A whole array came where one True or False is needed: in an `if` or `while`, or inside Python's own `max` or "
        "`min`, which compares row with row.",
        "Compare one cell, or say `.any()` or `.all()`. `np.max` and `np.min` look at every cell.",
    ),
    (
        "ValueError",
        "negative dimensions",
        "An array of negative size was asked for.",
        "Look at how its size is worked out.",
    ),
    ("ValueError", "unpack", "There are more or fewer values than names for them.", "Print what is being unpacked."),
    (
        "IndexError",
        r"index (?P<index>-?\d+) is out of bounds for axis (?P<axis>\d+) with size (?P<size>\d+)",
        "An index went over the end of an array: axis {axis} has size {size}, so {index} is no place on it.",
        "Look at the loop: what is the last index it reaches? And is it an index of this array, or of another one?",
    ),
    (
        "IndexError",
        "out of bounds|out of range",
        "An index went over the end of an array.",
        "Look at the loop: what is the last index it reaches, and how long is that axis?",
    ),
    (
        "IndexError",
        "too many indices",
        "An array has fewer axes than the indices say.",
        "Print its shape at that line.",
    ),
    (
        "IndexError",
        "only integers, slices",
        "Something is used as an index that is no whole number.",
        "Print it at that line. Is it a float, from a `/`, say, or a key of a dictionary in the wrong place?",
    ),
    (
        "TypeError",
        "cannot be interpreted as an integer|single integer, got|slice indices must be integers|only integers",
        "A whole number was needed, and a float came. `/` always makes a float.",
        "Look for a `/` in a size or an index: `//` keeps whole numbers.",
    ),
    (
        "UFuncTypeError|TypeError",
        "Cannot cast ufunc",
        "Fractions were added to an array of whole numbers.",
        "Look at the `dtype` of the array the results go into.",
    ),
    (
        "TypeError",
        "indices must be integers",
        "A list or a tuple was asked for a name in square brackets; its places are numbered.",
        "Print what stands before the brackets: which type is it, and what does the docstring say it holds?",
    ),
    (
        "TypeError",
        r"unsupported operand type\(s\) for (?P<sign>\S+): '(?P<one>(?!None)\w+)' and '(?P<two>(?!None)\w+)'",
        "`{sign}` cannot be put between a {one} and a {two}.",
        "Print both at that line. A tuple or list of numbers must be taken apart first.",
    ),
    (
        "TypeError",
        "(int|float|numpy.*)' object is not iterable",
        "A loop, or several names on the left of a `=`, were given a single number.",
        "To count up to n, loop over `range(n)`.",
    ),
    (
        "TypeError",
        r"^Cannot interpret '.*' as a data type|^(zeros|ones|empty)\(\) takes",
        "An array was asked for with its sizes one after the other.",
        "A shape is one argument: a tuple, with brackets of its own.",
    ),
    ("TypeError", "NoneType", "Something is `None` here.", "Which function gave it: does that one end with `return`?"),
    (
        "TypeError",
        "'(int|float|numpy.+)' object is not callable",
        "A number or an array has round brackets behind it, as if it were a function.",
        "A product needs a `*`, an index square brackets, and `shape` and `size` no brackets.",
    ),
    ("TypeError", "not callable", "Something with brackets behind it is no function.", "Arrays take square brackets."),
    (
        "OverflowError",
        "out of bounds",
        "A number does not fit into the array's type.",
        "Look at the `dtype` of the array the results go into.",
    ),
    (
        "AttributeError",
        "has no attribute 'loss'",
        "The class has no method `loss`.",
        "Is `def loss` there, and does it stand further right than the `class` line?",
    ),
    (
        "AttributeError",
        "'dict' object",
        "A dictionary was asked for something with a dot.",
        "An entry of a dictionary is read with its key in square brackets.",
    ),
    ("AttributeError", "", "This object has nothing of that name.", "Look for a typing error; what type is it?"),
    ("ZeroDivisionError", "", "Something was divided by zero.", "Look at the number below the line."),
    (
        "RecursionError",
        "",
        "The function calls itself over and over.",
        "Does it call itself by name where it should call another?",
    ),
    ("SystemExit", "", "The function ended the whole program.", "Use `return` instead of `exit()` or `quit()`."),
    (
        "EOFError|StdinNotImplementedError",
        "",
        "The function asks somebody to type something.",
        "Take the values from the arguments instead of `input()`.",
    ),
    (
        "ConnectionError",
        "",
        "No result came back by way of a `return`.",
        "Leave files, sockets and processes alone; take the arguments and return a result.",
    ),
    (
        "SystemError",
        "",
        "Python itself broke down while the function ran.",
        "Look for anything that reaches below Python: `ctypes`, say, or strides made by hand.",
    ),
    (
        "ImportError|ModuleNotFoundError",
        "",
        "The function imports something that is not here.",
        "NumPy and Python's own library are all it needs.",
    ),
    ("MemoryError", "", "An array was asked for that does not fit into memory.", "Look at how its size is worked out."),
    ("AssertionError", "", "An `assert` in your code did not hold.", "Look at what that line expects."),
)


def of(error: LearnerError, task: Task, run: Run) -> tuple[str, str]:
    """Return what an exception means, and what to look at."""
    names = task.takes[: len(run.given)]
    count = len(names)
    arguments = f"{counted(count, 'argument')} ({', '.join(names)})" if count else "no arguments"
    if error.kind == "TypeError" and error.line_number is None and "argument" in error.message:
        calls = "builds your class and calls its methods" if task.kind == "class" else ""
        return (
            f"The check {calls or f'calls your function with {arguments}'}, and Python says: {error.message}.",
            "Look at the names in the brackets of your `def` line.",
        )
    if error.kind == "KeyError":
        return _missing_key(error, task, run)
    for kind, pattern, says, look in CLUES:
        found = re.search(pattern, error.message)
        if re.fullmatch(kind, error.kind) and found:
            words = {key: value for key, value in found.groupdict().items() if value}
            if error.kind == "ValueError" and "unpack" in error.message:
                look = _packed(task, run) or look
            return says.format(**words) if words else says, look
    return f"It stopped with {error.kind}.", "Read the last line of the message first, then the line it points at."


def _missing_key(error: LearnerError, task: Task, run: Run) -> tuple[str, str]:
    """Say which keys the dicts have that the function was given."""
    found = []
    for name, argument in zip(task.takes, run.given, strict=False):
        parts = [(name, argument)]
        if isinstance(argument, tuple):
            inside = task.inside.get(name, tuple(f"{name}[{i}]" for i in range(len(argument))))
            parts = list(zip(inside, argument, strict=False))
        found += [(part, value) for part, value in parts if isinstance(value, dict)]
    dicts = "; ".join(f"`{name}` has {', '.join(map(repr, value)) or 'no keys'}" for name, value in found)
    says = f"A dictionary was asked for the key {error.message}, and it has no such key."
    return f"{says} The keys there are: {dicts}." if dicts else says, "Compare the spelling of the key with those."


def _packed(task: Task, run: Run) -> str:
    """Say what the tuples hold that the function was given."""
    for name, argument in zip(task.takes, run.given, strict=False):
        if isinstance(argument, tuple):
            inside = task.inside.get(name)
            words = f": {', '.join(inside)}" if inside else ""
            return f"`{name}` holds {len(argument)} values{words}. How many names stand on the left of the `=`?"
    return ""
