"""Grade on a Dask cluster: the same function, in grader processes on its workers.

A worker keeps its grader processes apart from itself, so a submission that crashes or hangs one does not bring it
down. When a worker dies all the same, the scheduler gives its jobs to another.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import queue
import re
import time
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from cnnlab import __version__
from cnnlab.grading import pipe, pool
from cnnlab.grading.model import Graded, GradingError, Job

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["grade_all"]

ADDRESS = re.compile(r"local|((tcp|tls|ucx|wss?)://)?[^/]+:\d+")
CONNECT = 10.0  # seconds to reach the scheduler, and to find a worker there
PATIENCE = 60.0  # seconds without any worker in the middle of a run
LOOK = 2.0  # seconds between two looks at who is there
AHEAD = 2  # jobs on the cluster for each thread of its workers


def grade_all(
    jobs: Iterable[Job], *, address: str, workers: int = 1, function: str = pool.FUNCTION
) -> Iterator[tuple[Job, Graded]]:
    """Grade jobs on a cluster; yield each with its result, in the order in which they are done.

    Few jobs are drawn ahead, so memory does not grow with their number.

    Parameters
    ----------
    jobs
        What to grade.
    address
        Of the scheduler, ``tcp://…``; or "local" for a cluster on this machine, to try it.
    workers
        How many workers a local cluster has.
    function
        What grades, as "module:name".

    Raises
    ------
    GradingError
        If the cluster cannot be reached, has no workers, loses them all, or has another version of cnnlab.
    """
    run, source = uuid.uuid4().hex, iter(jobs)
    running: dict[Future, Job] = {}
    done: queue.SimpleQueue[Future] = queue.SimpleQueue()
    with _connected(address, workers) as client:
        try:
            while True:
                room = AHEAD * max(1, sum(_threads(client).values())) - len(running)
                for job in islice(source, max(0, room)):
                    arguments = (pipe.pack(job), function, run, __version__)
                    future = client.submit(_grade, *arguments, pure=False, retries=1)
                    running[future] = job
                    future.add_done_callback(done.put)
                if not running:
                    break
                future = _next(client, done)
                job = running.pop(future)
                yield job, _result(client, future, job)
        finally:
            with contextlib.suppress(Exception):  # the cluster may be gone; what it graded is here
                client.cancel(list(running))
                client.run(_end, function, run, on_error="ignore")


@contextlib.contextmanager
def _connected(address: str, workers: int) -> Iterator[Client]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise GradingError("--cluster: Dask is not installed. Run: pip install 'cnnlab[cluster]'") from None
    if not ADDRESS.fullmatch(address):
        raise GradingError(
            f"--cluster: got {address!r}, wanted a scheduler's address, such as tcp://host:8786, or local."
        )
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it has to say is said here, in a line
    with contextlib.ExitStack() as stack:
        try:
            where: str | LocalCluster = address
            if address == "local":
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",  # any port: with None it wants 8787, and warns if that is taken
                    scheduler_kwargs={"dashboard": False},
                )
                where = stack.enter_context(cluster)
            client = Client(where, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            told = str(error) or type(error).__name__
            raise GradingError(
                f"--cluster: no scheduler answers at {address} ({told}). Start one with: dask scheduler"
            ) from error
        stack.callback(_close, client)
        try:
            client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError:
            raise GradingError(
                f"--cluster: the scheduler at {address} has no workers. Start some with: dask worker {address}"
            ) from None
        _compare(client)
        yield client


def _close(client: Client) -> None:
    with contextlib.suppress(Exception):  # as it may raise when the scheduler is gone
        client.close()


def _compare(client: Client) -> None:
    for worker, version in client.run(_version, on_error="return").items():
        if isinstance(version, OSError):  # it has just died
            continue
        if isinstance(version, BaseException):  # Dask makes a plain Exception of an ImportError
            raise GradingError(
                f"--cluster: the worker {worker} cannot import cnnlab ({version}). Install cnnlab {__version__} there."
            )
        if version != __version__:
            raise GradingError(_differs(str(version)))


def _differs(version: str) -> str:
    return f"--cluster: a worker has cnnlab {version}, wanted {__version__} as here. Install the same on all machines."


def _threads(client: Client) -> dict[str, int]:
    try:
        threads: dict[str, int] = client.nthreads()
    except (OSError, RuntimeError):
        raise _lost("the scheduler does not answer any more") from None
    return threads


def _lost(what: str) -> GradingError:
    return GradingError(f"--cluster: {what}. What was graded is kept: run the same command again to go on.")


def _deserted() -> GradingError:
    return _lost(f"all workers have been gone for {PATIENCE:g} seconds")


def _next(client: Client, done: queue.SimpleQueue[Future]) -> Future:
    """Wait for a job to be done, as long as there is somebody to do it."""
    alone_since = None
    while True:
        with contextlib.suppress(queue.Empty):
            return done.get(timeout=LOOK)
        if _threads(client):
            alone_since = None
            _compare(client)  # a worker that came later and lacks cnnlab would never answer
        else:
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > PATIENCE:
                raise _deserted()


def _result(client: Client, future: Future, job: Job) -> Graded:
    """Fetch what a job came to. A result that its worker took with it is worked out again by another."""
    while not future.cancelled():
        try:
            return Graded.from_json(future.result(timeout=PATIENCE))
        except GradingError:
            raise
        except Exception as error:
            if future.status == "error":
                return pool.failed(job, f"The cluster failed on this. {type(error).__name__}: {error}")
            if not isinstance(error, OSError) and not future.cancelled():
                raise
        if not _threads(client):
            raise _deserted()
    raise _lost("the scheduler is gone")


# What follows runs on the workers.


@functools.cache
def _graders(function: str, run: str) -> pool.Graders:
    return pool.Graders(function)  # they end with their worker, however it ends


def _version() -> str:
    return __version__


def _grade(block: bytes, function: str, run: str, version: str) -> str:
    if version != __version__:  # a worker that came later
        raise GradingError(_differs(__version__))
    return _graders(function, run).grade(pipe.unpack(block)).to_json()


def _end(function: str, run: str) -> None:
    _graders(function, run).stop()
