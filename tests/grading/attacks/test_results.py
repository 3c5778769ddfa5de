"""Results that lie about themselves, or are too large, too deep or too strange to be looked at."""

from __future__ import annotations

import time

import pytest

from tests.grading.attacks.desk import TOOLS, attacked, graded, returning

# Everything that Python and NumPy may ask an object is answered in its own favour.
LIAR = """
class Liar:
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = __contains__ = lambda *a: True
    __hash__ = lambda s: 1
    __array_ufunc__ = __array_function__ = lambda *a, **k: True
    __getattr__ = lambda s, name: s
    __iter__ = lambda s: iter([s])
    __len__ = lambda s: 1
    __reduce__ = lambda s: (print, ('reduced',))
    shape, ndim, dtype, size = (), 0, np.dtype(float), 1
    __class__ = property(lambda s: float)
class Even(Liar):
    __array__ = lambda s, *a, **k: s
class Array(np.ndarray):
    __eq__ = __ne__ = lambda *a: np.True_
    shape = property(lambda s: ())
    __array_ufunc__ = __array_function__ = lambda *a, **k: np.True_
    __array_finalize__ = lambda s, *a: None
class Number(float):
    __eq__ = __sub__ = __rsub__ = __abs__ = __float__ = lambda *a: True
class Text(str):
    __eq__ = lambda *a: True
    __hash__ = lambda s: 1
class Meta(type):
    __name__ = property(lambda c: 1 / 0)
    __mro__ = property(lambda c: 1 / 0)
    __instancecheck__ = __subclasscheck__ = lambda *a: True
class Odd(metaclass=Meta): pass
class Pair(tuple):
    __iter__ = lambda s: iter([1] * 10**9)
    __len__ = lambda s: 10**9
class Keys(dict):
    items = keys = __iter__ = lambda s: 1 / 0
def dag(n):
    t = (1.0,)
    for _ in range(n): t = (t, t)
    return t
def deep(n):
    x = []
    for _ in range(n): x = [x]
    return x
class Shallow(tuple):
    __hash__ = object.__hash__
"""
LOOP = "(lambda x: x.append(x) or x)([1])"

LIES = [
    *("Liar()", "[Liar()]", "{'a': Liar()}", "Even()", "np.array(Liar(), object)", "np.zeros(()).view(Array)", "Odd"),
    *("np.full((3, 3), 4.0).view(Array)", "Number(3)", "Text('4')", "Meta", "Odd()", "Liar", "print", "np.ufunc"),
    *("Pair([1])", "Keys(a=1)", "(i for i in range(3))", "map(abs, [1])", "lambda: 1", "iter([1])", "type", "..."),
    *("NotImplemented", "gc.get_objects()", "sys", "sys._getframe()", "np.nditer([1])", "np.vectorize(abs)"),
    *("np.ma.masked", "np.ma.array([1.0], mask=[1])", "np.matrix([[1]])", "np.rec.array([(1,)])", "np.errstate()"),
]
STRANGE = [
    *("np.zeros((), 'O')", "np.zeros(2, [('a', 'f4')])", "np.zeros(2, 'M8[s]')", "np.zeros((), 'm8[D]')"),
    *("np.array('4')", "np.array(b'4')", "np.zeros((), '>f8')", "np.longdouble('1e4000')", "np.float16(4)"),
    *("np.complex128(4)", "4 + 0j", "np.lib.stride_tricks.as_strided(np.zeros(1), (9, 9), (0, 0))", "10**1000"),
    *("-0.0", "float('nan')", "float('inf')", "5e-324", "'4.11'", "b'4'", "None", "True", "{4}", "range(4)", "()"),
    *("np.frombuffer(bytes(range(96)), np.longdouble)", "np.zeros((1,) * 64)", "np.zeros((0, 2**38))", "slice(1)"),
    *("np.array([10**1000])", "bring('decimal').Decimal('1e999999')", "bring('fractions').Fraction(10**200, 3)"),
    *("bring('decimal').Decimal('sNaN')", "np.void(b'x')", "np.str_('4')", "np.dtype('f8')", "np.array([print])"),
]
LARGE = [
    *("np.broadcast_to(4.0, (10**6, 10**6))", "np.broadcast_to(4.0, (16000, 16000))", "np.zeros((9000, 9000), '?')"),
    *("np.broadcast_to(np.array(None), (16000, 16000))", "np.broadcast_to(4j, (8000, 8000))", "deep(10**5)"),
    *("'x' * 10**9", "b'x' * 10**8", "list(range(10**6))", "dict.fromkeys(range(10**5))", "[object()] * 10**6"),
    *("{'x' * 10**7: 1}", "[Odd() for _ in range(10**4)]", "np.full(10**4, 'x' * 9)", "np.array(['x' * 10**6] * 10)"),
    *("{k * (2**61 - 1): 1 for k in range(50000)}", "{Shallow(dag(45)): 1}", "{Shallow((1.5,) * 10**5): 1}", LOOP),
]


@pytest.mark.parametrize("value", [*LIES, *STRANGE])
def test_a_result_that_is_no_number_earns_nothing(value):
    told = attacked(LIAR + returning(value), seconds=0.5)
    assert not any(slip in told.text for slip in ("NameError", "SyntaxError")), told.text


@pytest.mark.parametrize("value", LARGE)
def test_a_large_result_costs_little(value, monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 1.0)
    start = time.monotonic()
    told = attacked(LIAR + returning(value), seconds=0.5)
    assert time.monotonic() - start < 15
    assert len(told.text) < 5_000
    assert len(told.html) < 20_000


def test_a_tree_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 0.5)
    assert attacked(LIAR + returning("dag(40)"), seconds=0.5).text


@pytest.mark.parametrize(
    "result",
    [
        "async def window_mean(window):\n    return window.mean()",
        "def window_mean(window):\n    yield window.mean()",
        "def window_mean(window):\n    window[...] = window.mean()\n    return window[0, 0]",
        "OUT = np.zeros(())\ndef window_mean(window):\n    OUT[...] = window.mean()\n    return OUT",
        "SEEN = []\ndef window_mean(window):\n    SEEN.append(1)\n    return window.mean() + (len(SEEN) > 11)",
        "def window_mean(window, seen=[]):\n    seen.append(window)\n    return seen[0].mean()",
        "def window_mean(window):\n    m = window.mean()\n    window.flags.writeable = True\n    "
        "window[...] = m\n    return m",
        "def window_mean(window):\n    m = window.mean()\n    window.shape = (-1,)\n    return m",
        "def window_mean(window):\n    return lambda: window.mean()",
        "class window_mean:\n    def __init__(self, window): self.mean = window.mean()",
        "window_mean = 4.11",
        "window_mean = np.mean(np.ones(3))",
    ],
)
def test_the_right_number_in_a_wrong_way_earns_nothing(result):
    attacked(result)


def test_changing_what_the_grader_holds_earns_nothing():
    """The process tells changes of the grader's own arrays: all become 0, and 0 comes back."""
    zero = """
    for server in gc.get_objects():
        if type(server).__name__ == "Mirror":
            for known in [*server._objects.values()]:
                if isinstance(known, np.ndarray):
                    known[...] = 0
                elif isinstance(known, list | dict):
                    known.clear()
    """
    told = attacked(f"{TOOLS}\ndef window_mean(window):{zero}\n    return 0.0")
    assert "changed" in told.text


def test_nothing_of_a_page_is_taken_for_html():
    evil = "<script>alert(1)</script>"
    for code in (
        f"raise ValueError({evil!r})",
        f"print({evil!r})",
        f"return type({evil!r}, (), {{}})()",
        f"return {{{evil!r}: 1}}",
        f"return {evil!r}",
        f"raise type({evil!r}, (Exception,), {{}})({evil!r})",
        f"bring('warnings').warn({evil!r})",
    ):
        told = attacked(f"{TOOLS}\ndef window_mean(window):\n    {code}")
        assert "<script>alert" not in told.html


def test_a_cache_without_end_is_the_learners_own_trouble(monkeypatch):
    from cnnlab.grading.model import Assigned, Sheet

    monkeypatch.setattr("cnnlab.grading.grade.JUDGING", 1.0)
    sheet = Sheet("06", "", (Assigned("batchnorm_backward", 2), Assigned("window_mean", 2)))
    forward = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        cache = (1.0,)
        for _ in range(40):
            cache = (cache, cache)
        return beta + gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + bn_param.get("eps", 1e-5)), cache
    """
    backward = "def batchnorm_backward(dout, cache):\n    return dout, dout[0], dout[0]"
    right = "def window_mean(window):\n    return window.mean()"
    result = graded(forward, backward, right, sheet=sheet, seconds=0.5)
    assert [mark.points for mark in result.marks] == [0, 2]


def test_inputs_for_a_suspect_that_are_only_large_find_no_bug():
    from cnnlab.grading.model import Assigned, Sheet

    sheet = Sheet("02", "", (Assigned("find_blur_bug", 2),))
    for image in ("np.broadcast_to(1.0, (10**4, 10**4))", "np.zeros((1000, 1000))", "np.zeros((400, 400))"):
        mark = graded(f"def find_blur_bug():\n    return {image}, 2, 2", sheet=sheet).marks[0]
        assert (mark.state, mark.points) == ("fail", 0)
        assert "Smaller arrays will do" in mark.text
