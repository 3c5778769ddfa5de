"""What goes through the pipes between a run and its grader processes: blocks of bytes, each with its length before it.

A job is one line of JSON and then the file as it was handed in; an answer is JSON. There is no pickle in it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, replace
from typing import IO

from cnnlab.grading.model import Assigned, Job, Limits, Sheet

__all__ = ["pack", "read", "unpack", "write"]

_LENGTH = struct.Struct(">Q")


def write(stream: IO[bytes], block: bytes) -> None:
    """Send one block."""
    stream.write(_LENGTH.pack(len(block)))
    stream.write(block)
    stream.flush()


def read(stream: IO[bytes]) -> bytes:
    """Receive one block.

    Raises
    ------
    EOFError
        If the other side is gone, be it in the middle of a block.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    block = stream.read(count)
    if len(block) < count:
        raise EOFError(f"got {len(block)} of {count} bytes")
    return block


def pack(job: Job) -> bytes:
    r"""Turn a job into bytes.

    Examples
    --------
    >>> pack(Job("ada", Sheet("01_edges", "Edges", ()), b"{}")).endswith(b"\n{}")
    True
    """
    head = json.dumps(asdict(replace(job, content=b"")) | {"content": None})
    return head.encode() + b"\n" + job.content


def unpack(block: bytes) -> Job:
    """Turn what `pack` made into a job again."""
    head, _, content = block.partition(b"\n")
    row = json.loads(head)
    sheet = row["sheet"]
    exercises = tuple(Assigned(**exercise) for exercise in sheet.pop("exercises"))
    return Job(
        **row | {"sheet": Sheet(**sheet, exercises=exercises), "content": content, "limits": Limits(**row["limits"])}
    )
