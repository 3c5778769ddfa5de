"""Share the work of one call among threads, in blocks that stay in the processor's cache.

NumPy and the matrix product release Python's lock while they compute, so threads over blocks of pictures run truly at
the same time. The matrix product brings threads of its own; while ours run, it is held to one, and given back its
setting afterwards: nothing outside the call changes.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

from threadpoolctl import LibController, ThreadpoolController

from cnnlab.whole import whole

__all__ = ["get_threads", "in_chunks", "parallel", "set_threads", "threads_for"]

T = TypeVar("T")

CHUNK = 1 << 18  # numbers that stay in the cache from one pass over them to the next
SMALL = 1 << 17  # numbers; below, handing work over (20 to 50 µs) costs more than it saves


def _from_environment() -> int:
    text = os.environ.get("CNNLAB_THREADS", "0")
    if not text.isdecimal():
        raise ValueError(f"CNNLAB_THREADS: got {text!r}, wanted a whole number. Set it to 1, 2, … or 0 for all.")
    return int(text)


class _State:
    """The threads, started on first use."""

    def __init__(self) -> None:
        self.wanted = _from_environment()
        self.tasks: SimpleQueue[tuple[Callable[[], Any], SimpleQueue[Any]]] = SimpleQueue()
        self.started = 0
        self.blas: list[LibController] | None = None
        self.before: list[int] = []  # threads of each matrix product, while it is held to another number
        self.users = 0
        self.lock = threading.Lock()


_state = _State()


def _forget() -> None:
    """Start afresh in a forked child: it inherits no threads."""
    wanted = _state.wanted
    _state.__init__()  # type: ignore[misc]
    _state.wanted = wanted


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def get_threads() -> int:
    """Return the number of threads one call may use.

    Set by :func:`set_threads`, else by the environment variable CNNLAB_THREADS, else the number of processors this
    process may run on.
    """
    if _state.wanted > 0:
        return _state.wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(n: int) -> None:
    """Choose the number of threads one call may use; 0 goes back to the environment's choice, or one per processor.

    Matrix products inside a call keep to the same number. Outside the library nothing changes.

    Examples
    --------
    >>> set_threads(1)
    >>> get_threads()
    1
    >>> set_threads(0)
    """
    n = whole("n", n, 0, remedy="Write 1 for no threads beside your own, 0 for all.")
    _state.wanted = n or _from_environment()


def threads_for(work: int) -> int:
    """Return how many threads share a call that touches so many numbers: one if it is little work."""
    return get_threads() if work >= SMALL else 1


def parallel(job: Callable[[int, int], T], n: int, work: int) -> list[T]:
    """Return [job(0, a), job(a, b), …, job(…, n)], one call per thread, run at the same time.

    Parameters
    ----------
    job
        Called with a range of the n parts; writes its own part of the results.
    n
        How many parts the work divides into.
    work
        How many numbers are touched in all: little work is done at once.

    Examples
    --------
    >>> sum(parallel(lambda start, stop: sum(range(start, stop)), 10, work=1_000_000))
    45
    """
    k = min(n, threads_for(work))
    if work < SMALL:
        with _blas_threads(1):  # to wake others for a small matrix product may cost a hundred times its own time
            return [job(0, n)]
    if k < 2:  # one part only: the matrix product may use threads of its own, as many as were asked for
        with _blas_threads(get_threads()) if _state.wanted else contextlib.nullcontext():
            return [job(0, n)]
    cuts = [n * i // k for i in range(k + 1)]
    with _blas_threads(1):
        others = [_begin(job, cuts[i], cuts[i + 1]) for i in range(k - 1)]
        try:
            own = job(cuts[-2], n)  # the caller's own thread takes a share
        finally:
            ends = [other.get() for other in others]  # also when it fails: they write into the caller's arrays
    for _, error in ends:
        if error is not None:
            raise error
    return [result for result, _ in ends] + [own]


def in_chunks(job: Callable[[slice], T], n: int, size: int) -> list[T]:
    """Call job for slices of the n parts that are small enough for the cache, in parallel; return its results in order.

    Parameters
    ----------
    job
        Called with a slice of the n parts.
    n, size
        How many parts, and how many numbers in each.

    Examples
    --------
    >>> in_chunks(lambda some: sum(range(10)[some]), 10, size=CHUNK // 5)
    [10, 35]
    """
    step = max(1, CHUNK // max(1, size))

    def part(start: int, stop: int) -> list[T]:
        return [job(slice(i, min(i + step, stop))) for i in range(start, stop, step)]

    if n * size < SMALL:
        return [job(slice(0, n))]  # also where there is nothing: its result has the right shape
    return [result for results in parallel(part, n, n * size) for result in results]


def _begin(job: Callable[[int, int], T], start: int, stop: int) -> SimpleQueue[tuple[Any, BaseException | None]]:
    """Let one of the threads call job(start, stop); how it ends will be in the queue returned."""
    with _state.lock:
        if _state.started < get_threads() - 1:
            _state.started += 1
            threading.Thread(target=_serve, args=(_state.tasks,), name="cnnlab", daemon=True).start()
    end: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    _state.tasks.put((lambda: job(start, stop), end))
    return end


def _serve(tasks: SimpleQueue[Any]) -> None:
    """Do one task after the other. Plain queues: a pool of futures takes twice as long to hand work over."""
    while True:
        _finish(*tasks.get())


def _finish(call: Callable[[], Any], end: SimpleQueue[Any]) -> None:
    try:
        end.put((call(), None))
    except BaseException as error:
        end.put((None, error))


@contextlib.contextmanager
def _blas_threads(n: int) -> Iterator[None]:
    """Hold the matrix product to n threads; with several callers at once the last to leave gives it back."""
    with _state.lock:
        _state.users += 1
        if _state.users == 1:
            if _state.blas is None:
                _state.blas = ThreadpoolController().select(user_api="blas").lib_controllers
            _state.before = [library.num_threads for library in _state.blas]
            for library in _state.blas:
                library.set_num_threads(n)
    try:
        yield
    finally:
        with _state.lock:
            _state.users -= 1
            if _state.users == 0 and _state.blas is not None:
                for library, before in zip(_state.blas, _state.before, strict=True):
                    library.set_num_threads(before)
