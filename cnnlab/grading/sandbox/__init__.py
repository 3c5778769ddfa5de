"""Where learners' code runs: processes that compute, answer on one socket and can do nothing else.

A ladder of two steps: `bubblewrap`, else Landlock, both with limits and a filter of system calls. Without either there
is no grading, unless the instructor trusts the code.
"""

from __future__ import annotations

from cnnlab.grading.sandbox.ladder import KINDS, LEAST, Step, available, open_sandbox
from cnnlab.grading.sandbox.process import Sandbox

__all__ = ["KINDS", "LEAST", "Sandbox", "Step", "available", "open_sandbox"]
