"""Time, memory, output, and every way to end the process: the call is lost, and nothing else."""

from __future__ import annotations

import time

import pytest

from tests.grading.attacks.desk import STEPS, TOOLS, attacked, graded, returning

# What interrupts a loop can be swallowed and switched off; long calls into compiled code never look.
ENDLESS = {
    "loop": "while True: pass",
    "swallows all": "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "finally": "while True:\n        try:\n            return 1 / 0\n        finally:\n            continue",
    "ignores the alarm": "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass",
    "blocks all signals": "signal.pthread_sigmask(0, range(1, 65))\n    while True: pass",
    "stops the clock": "signal.setitimer(signal.ITIMER_REAL, 0)\n    while True: pass",
    "sleeps": "import time\n    while True: time.sleep(1000)",
    "one long call": "import re\n    re.match('(a+)+$', 'a' * 60 + 'b')",
    "a large number": "7 ** 7 ** 11",
    "prints": "while True: print('x' * 10000)",
    "waits for nothing": "bring('select').select([], [], [])",
    "hides in a property": "type('A', (), {'__len__': lambda s: [0 for _ in iter(int, 1)]})().__len__()",
    "a recursion that catches": "def f():\n        try: f()\n        except RecursionError: f()\n    f()",
}


@pytest.mark.parametrize("code", ENDLESS)
def test_what_does_not_end_is_stopped(code):
    start = time.monotonic()
    told = attacked(f"{TOOLS}\ndef window_mean(window):\n    {ENDLESS[code]}\n    return 0", seconds=0.5)
    assert "did not end within" in told.text, told.text
    assert time.monotonic() - start < 15


def test_what_does_not_end_when_the_cell_is_run():
    result = graded("X = [0 for _ in iter(int, 1)]\ndef window_mean(w):\n    return X", seconds=0.5)
    assert result.points == 0
    assert "c0 stopped in line 1: it did not end." in result.notes


def test_what_ends_only_because_it_was_interrupted():
    hidden = "class A:\n        def __del__(self):\n            while True: pass\n    A()"
    assert attacked(f"def window_mean(window):\n    {hidden}\n    return 0", seconds=0.5).text


@pytest.mark.parametrize("kind", STEPS)
def test_a_process_that_cannot_be_interrupted_is_replaced(kind):
    hung = (
        f"{TOOLS}\nX = signal.pthread_sigmask(0, range(1, 65)), [0 for _ in iter(int, 1)]\ndef window_mean(w): return X"
    )
    deaf = f"{TOOLS}\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ndef window_mean(w):\n    while True: pass"
    for code in (hung, deaf):
        attacked(code, seconds=0.5, sandbox=kind)
    attacked("def window_mean(window):\n    return window.mean()", gains=True, sandbox=kind)


MEMORY = {
    "list": "x = []\n    while True: x.append(bytearray(10**7))",
    "array": "return np.ones((10**5, 10**5))",
    "text": "return 'x' * 10**10",
    "dict": "x = {}\n    while True: x[len(x)] = 'x' * 10**6 + str(len(x))",
    "numpy alone": "x = []\n    while True: x.append(np.ones(10**6))",
    "raw": "bring('mmap').mmap(-1, 10**11)",
}


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("code", MEMORY)
def test_memory_is_bounded(code, kind):
    told = attacked(f"{TOOLS}\ndef window_mean(window):\n    {MEMORY[code]}", sandbox=kind, memory=400)
    assert any(words in told.text for words in ("memory", "Memory")), told.text


ENDS = {
    "sys.exit()": "ended the whole program",
    "raise SystemExit": "ended the whole program",
    "quit()": "ended the whole program",
    "os._exit(0)": "ended the whole program",
    "os.abort()": "Python itself broke down",
    "ctypes.string_at(0)": "Python itself broke down",
    "ctypes.CDLL(None).exit(0)": "ended the whole program",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise GeneratorExit": "GeneratorExit",
    "raise BaseException('all')": "BaseException",
    "raise StopIteration": "StopIteration",
    "raise MemoryError": "memory",
    "return window_mean(window)": "calls itself",
    "signal.raise_signal(signal.SIGKILL)": "not permitted",
    "os.close(3); os.close(4); os.close(5)": "",
    "sys.setrecursionlimit(10**9); window_mean(window)": "",
    "sys.settrace(lambda *a: 1 / 0); return 1": "",
    "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})": "",
    "raise type('E', (Exception,), {'__str__': lambda s: sys.exit()})": "",
    "raise type('E', (Exception,), {'__module__': 3, '__qualname__': 'x' * 10**6})('y' * 10**7)": "",
    "raise ExceptionGroup('x', [ValueError(1)] * 10**5)": "",
    "raise ValueError('\\ud800\\0\\x1b[31m')": "ValueError",
}


@pytest.mark.parametrize("code", ENDS)
def test_a_process_may_end_in_every_way(code):
    told = attacked(f"{TOOLS}\ndef window_mean(window):\n    {code}", seconds=0.5)
    assert ENDS[code] in told.text, told.text


def test_a_process_that_ends_before_it_is_asked():
    for code in ("os._exit(0)", "ctypes.string_at(0)", "sys.exit(0)"):
        told = attacked(f"{TOOLS}\nX = {code}\ndef window_mean(window):\n    return X")
        assert told.text


def test_a_chain_as_deep_as_the_stack():
    chain = "def window_mean(window):\n    from functools import partial\n    f = abs\n"
    told = attacked(f"{chain}    for _ in range(10**6): f = partial(f)\n    return f(1)", seconds=0.5)
    assert told.text


def test_prints_are_kept_short():
    told = attacked(
        f"{TOOLS}\ndef window_mean(window):\n    print('word ' * 10**6)\n    print(*range(10**5), sep='\\n')"
    )
    assert len(told.text) < 10_000
    assert len(told.html) < 30_000


def test_one_notebook_of_endless_loops_ends():
    loop = "def {}(*a):\n    while True: pass"
    start = time.monotonic()
    result = graded(loop.format("window_mean"), loop.format("same_padding"), seconds=0.5)
    assert result.points == 0
    assert time.monotonic() - start < 20


def test_results_that_take_a_long_time_to_read():
    slow = "type('Slow', (), {'__array__': lambda s, *a, **k: [0 for _ in iter(int, 1)]})()"
    assert attacked(returning(slow), seconds=0.5).text
