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
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["get_threads", "parallel", "set_threads"]

T = TypeVar("T")

SMALL = 1 << 16  # numbers; below, handing work over (about 0.1 ms) costs more than it saves


class _State:
    """The threads, started on first use."""

    def __init__(self) -> None:
        self.wanted = int(os.environ.get("CNNLAB_THREADS", "0"))
        self.pool: ThreadPoolExecutor | None = None
        self.blas: ThreadpoolController | None = None
        self.limit: contextlib.AbstractContextManager[object] | None = None
        self.users = 0
        self.lock = threading.Lock()


_state = _State()


def _forget() -> None:
    """Start afresh in a forked child: it inherits the pool but not its threads."""
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
    """Choose the number of threads one call may use; 0 goes back to one per processor.

    Examples
    --------
    >>> set_threads(1)
    >>> get_threads()
    1
    >>> set_threads(0)
    """
    if n < 0:
        raise ValueError(f"n: got {n}, wanted a number of threads. Write 1 for no threads beside your own, 0 for all.")
    with _state.lock:
        _state.wanted = n
        if _state.pool is not None:
            _state.pool.shutdown(wait=False)
            _state.pool = None


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
    >>> sum(parallel(lambda start, stop: sum(range(start, stop)), 10, work=10))
    45
    """
    k = min(n, get_threads())
    if k < 2 or work < SMALL:
        return [job(0, n)]
    cuts = [n * i // k for i in range(k + 1)]
    with _one_blas_thread():
        waiting = [_pool().submit(job, a, b) for a, b in zip(cuts[:-2], cuts[1:-1], strict=True)]
        last = job(cuts[-2], n)  # the caller's own thread takes a share
        return [part.result() for part in waiting] + [last]


def _pool() -> ThreadPoolExecutor:
    with _state.lock:
        if _state.pool is None:
            _state.pool = ThreadPoolExecutor(max(1, get_threads() - 1), "cnnlab")
        return _state.pool


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Hold the matrix product to one thread; with several callers at once the last to leave gives it back."""
    with _state.lock:
        _state.users += 1
        if _state.users == 1:
            if _state.blas is None:
                _state.blas = ThreadpoolController()
            _state.limit = _state.blas.limit(limits=1, user_api="blas")
            _state.limit.__enter__()
    try:
        yield
    finally:
        with _state.lock:
            _state.users -= 1
            if _state.users == 0 and _state.limit is not None:
                _state.limit.__exit__(None, None, None)
                _state.limit = None
