"""Patching what judges, asking who knows, keeping something for later: nothing outlives the process of one exercise."""

from __future__ import annotations

import pytest

from cnnlab.grading.model import Assigned, Sheet
from tests.grading.attacks.desk import HONEST, RIGHT, STEPS, TOOLS, attacked, graded, winning

PATCHES = {
    "comparisons": "np.allclose = np.isclose = np.array_equal = np.array_equiv = lambda *a, **k: True",
    "arrays": "np.array = np.asarray = np.zeros = np.ndarray = lambda *a, **k: 4.0",
    "ufuncs": "np.add = np.subtract = np.abs = np.equal = lambda *a, **k: True",
    "testing": "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None",
    "printing": "np.set_printoptions(formatter={'all': lambda x: '4.111'})",
    "errors": "np.seterr(all='raise'); np.seterrcall(print)",
    "builtins": (
        "vars(sys.modules['builtins']).update(isinstance=lambda *a: True, type=lambda *a: float, len=lambda a: 1)"
    ),
    "equality": "vars(sys.modules['builtins']).update(abs=lambda a: 0, max=lambda *a: 0, all=lambda a: True, any=bool)",
    "import": "vars(sys.modules['builtins']).update(__import__=lambda *a, **k: 1, __build_class__=lambda *a, **k: 1)",
    "finders": "sys.meta_path[:] = []; sys.path_hooks.clear(); sys.path_importer_cache.clear(); sys.modules.clear()",
    "trial": "vars(sys.modules['cnnlab.trial']).update(attempt=lambda *a, **k: 1, Attempt=tuple)",
    "function": (
        "vars(sys.modules['cnnlab.check.function']).update(missing_call=lambda *a: None, is_empty=lambda f: True)"
    ),
    "mirror": (
        "vars(sys.modules['cnnlab.grading.wire.mirror']).update(Mirror=None, _state=lambda *a: None, Writer=None)"
    ),
    "writer": "sys.modules['cnnlab.grading.wire.writer'].Writer._float = lambda s, v, d: s._add(b'T')",
    "reader": "sys.modules['cnnlab.grading.wire.reader'].Reader._get = lambda s, d: 4.0",
    "server": "next(o for o in gc.get_objects() if type(o).__name__ == 'Server')._call = lambda *a: (4.0, None, False)",
    "server's answers": (
        "type(next(o for o in gc.get_objects() if type(o).__name__ == 'Server')).answer = lambda s: None"
    ),
    "limits": (
        "vars(sys.modules['cnnlab.grading.wire.form']).update(MOST_PARTS=10**9, MOST_BYTES=10**12, MOST_DEPTH=10**9)"
    ),
    "clock": "sys.modules['time'].monotonic = sys.modules['time'].perf_counter = lambda: 0",
    "collector": "gc.disable(); gc.set_threshold(0); gc.callbacks.append(lambda *a: 1 / 0)",
    "profile": "sys.setprofile(lambda *a: None); sys.settrace(lambda *a: None)",
    "hooks": "sys.excepthook = sys.unraisablehook = sys.displayhook = lambda *a: None",
    "audit": "sys.addaudithook(lambda *a: None)",
    "frames": "f = sys._getframe()\nwhile f:\n    f.f_globals.update(attempt=None, np=None, Alarm=None); f = f.f_back",
    "exit": "bring('atexit').register(lambda: os._exit(0))",
    "signals": "[signal.signal(n, lambda *a: None) for n in (2, 14, 15)]",
    "itself": "vars(sys.modules['__main__']).clear()",
    "code": "window_mean.__code__ = (lambda window: 4.0).__code__; window_mean.__defaults__ = (4.0,)",
    "own name": "globals()['same_padding'] = globals()['window_mean'] = lambda *a: 4.0",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_patching_earns_nothing_and_reaches_nobody(patch):
    for code in (f"{TOOLS}\nX = exec({PATCHES[patch]!r})\ndef window_mean(window):\n    X\n    return 4.0", None):
        told = attacked(code or winning(PATCHES[patch]), seconds=0.5)
        assert not any(slip in told.text for slip in ("SyntaxError", "NameError: name 'bring'")), told.text
    again = graded(RIGHT, HONEST)
    assert [mark.state for mark in again.marks] == ["pass", "pass"]


@pytest.mark.parametrize("kind", STEPS)
def test_nothing_survives_in_the_sandbox(kind):
    """What one exercise leaves behind is not there for the next one, nor for the next learner."""
    leave = """
    np.left = sys.left = type(os).left = window_mean.left = True
    """.replace("type(os).left = ", "")
    leave += """
    sys.modules["left"] = os.environ["left"] = "x"
    os.umask and sys.path.append("/left")
    np.random.seed(5); np.mean = None
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    """
    find = """
    own = signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN or not np.mean
    won = own or hasattr(np, "left") or hasattr(sys, "left") or "left" in sys.modules or "left" in os.environ
    won = won or "/left" in sys.path
    """
    order = Sheet("01", "", (Assigned("same_padding", 1), Assigned("window_mean", 2)))
    body = leave.replace("window_mean.left = ", "")
    first = f"{TOOLS}\ndef same_padding(f):{body}\n    return (f - 1) // 2"
    for cells in ((first, winning(find)), (winning(find),)):
        marks = graded(*cells, sheet=order, sandbox=kind).marks
        assert marks[1].state == "fail", marks[1].text
        assert marks[1].points == 0
        assert "Nothing came back" in marks[1].text
        assert len(cells) == 1 or marks[0].points == 1, marks[0].text


def test_an_exercise_is_no_help_for_another():
    """A right helper is lent to `conv_forward`; the exercise that asks for that helper cannot have it."""
    sheet = Sheet("03", "", (Assigned("conv_forward", 1), Assigned("zero_pad", 2), Assigned("conv_single_step", 3)))
    steal = """
    from cnnlab.conventions import zero_pad as lent, conv_single_step as step
    np.lent = lent
    def conv_forward(A_prev, W, b, hparameters):
        np.lent = zero_pad
        return np.lent(A_prev, 1), None
    """
    use = "from cnnlab.conventions import zero_pad as own\ndef zero_pad(*a): return getattr(np, 'lent', own)(*a)"
    other = "from cnnlab import ops\ndef conv_single_step(*a): return lent_step(*a)\nlent_step = ops.conv_single_step"
    result = graded(steal, use, other, sheet=sheet)
    assert result.points == 0
    assert "graded work has to do without it" in result.marks[1].text
    assert "graded work has to do without it" in result.marks[2].text


def test_lent_functions_take_anything_and_harm_nobody():
    sheet = Sheet("01", "", (Assigned("convolve2d", 1), Assigned("window_mean", 2)))
    lend = "from cnnlab.ops import cross_correlate2d as lent\n"
    for call in (
        "lent(np.zeros((500, 500)), np.zeros((250, 250)))",
        "lent([[[]]], print)",
        "lent(lent, lent, lent=lent)",
        "lent(*[0] * 1000)",
        "lent(type('A', (), {'__array__': lambda s, *a, **k: 1 / 0})(), np.ones((2, 2)))",
        "lent(np.full((3, 3), np.nan), np.full((2, 2), 10**400, object))",
    ):
        inside = f"{lend}def convolve2d(image, kernel):\n    return {call}"
        outside = f"{lend}X = {call}\ndef convolve2d(image, kernel):\n    return X"
        for code in (inside, outside) if "500, 500" not in call else (inside,):
            assert [mark.points for mark in graded(code, RIGHT, sheet=sheet, seconds=0.5).marks] == [0, 2]


PROBES = {
    "a stub of the course": "import cnnlab\ntry:\n    cnnlab.ops()\n    won = True\nexcept ImportError: pass",
    "the version": "import cnnlab\ntry: won = cnnlab.__version__ > ''\nexcept AttributeError: pass",
    "the check": "from cnnlab import check\ntry: check.window_mean(abs); won = True\nexcept ImportError: pass",
    "the main guard": "if __name__ != '__main__':\n    won = True",
    "the answers by name": "won = any(n.startswith('cnnlab.check.exercises') for n in sys.modules)",
}


@pytest.mark.parametrize("probe", PROBES)
def test_what_can_be_found_out_is_of_no_use(probe):
    attacked(winning(PROBES[probe]))


def test_what_is_done_after_the_verdict_changes_nothing():
    late = f"""{TOOLS}
class Late:
    def __del__(self): os._exit(7)
LATE = Late()
HOOK = bring("atexit").register(os.abort)
def window_mean(window):
    LATE, HOOK
    return window.mean()"""
    assert graded(late, HONEST).points == 5


def test_callbacks_are_of_no_use_to_others():
    """`numerical_gradient` gets a function of the grader's: it may be called, kept, and called with nonsense."""
    sheet = Sheet("05", "", (Assigned("numerical_gradient", 3), Assigned("window_mean", 2)))
    for body in (
        "return f",
        "return f(x)",
        "return f(f)",
        "f.x = f; return [f] * 9",
        "return [f(x) for _ in iter(int, 1)]",
        "return f(np.zeros((0,)))",
        "return f('x', y=3)",
        "return f(*[x] * 50)",
        "x[...] = np.nan; return f(x) + x",
        "np.KEPT = getattr(np, 'KEPT', f); return np.KEPT(x) * np.ones_like(x)",
    ):
        code = f"def numerical_gradient(f, x, h=1e-5):\n    {body}"
        assert [mark.points for mark in graded(code, RIGHT, sheet=sheet, seconds=0.5).marks] == [0, 2], body
