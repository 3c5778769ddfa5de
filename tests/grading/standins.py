"""A stand-in for what grades a submission: its content says what is to happen, so accidents can be staged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from cnnlab.grading.model import Assigned, Graded, GradingError, Job, Limits, Mark, Sheet

SHEET = Sheet("01_edges", "Edges", (Assigned("window_mean", 2.0), Assigned("conv_valid", 4.0)))
HELD = []


def job(learner="ada", order="", *arguments, seconds=30.0):
    """Make a job that orders an accident: "die-once FILE" dies if there is no such file yet."""
    content = " ".join([order, *map(str, arguments)]).encode()
    return Job(learner, SHEET, content, limits=Limits(seconds=seconds))


def notebook(order="", *arguments):
    """Make a notebook that orders an accident."""
    text = " ".join([order, *map(str, arguments)])
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {"order": text}, "nbformat": 4, "nbformat_minor": 5}).encode()


def graded(job, *notes, share=1.0):
    """Give every exercise this share of its points."""
    marks = tuple(Mark(e.id, "pass" if share == 1 else "part", e.points * share, e.points) for e in job.sheet.exercises)
    return Graded(job.learner, job.sheet.name, "graded", marks, notes=notes, sandbox="none", seconds=0.1)


def obey(job: Job) -> Graded:
    """Do what the content orders, then give full marks."""
    text = job.content.decode(errors="replace")
    if text.startswith("{"):
        text = json.loads(text)["metadata"]["order"]
    order, *arguments = text.split(" ", 2)
    if order in ("die-once", "hang-once"):
        mark = Path(arguments[0])
        order = "grade" if mark.exists() else order.removesuffix("-once")
        mark.touch()
    match order:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "kill-worker-once":
            mark = Path(arguments[0])
            if not mark.exists():
                mark.touch()
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(1000)
        case "sandbox":
            return graded(job, job.limits.sandbox)
        case "seed":
            return graded(job, str(job.seed))
        case "exit-unless" if not Path(arguments[0]).exists():
            os._exit(3)
        case "exit":
            print("the last words", file=sys.stderr)
            os._exit(3)
        case "hang":
            time.sleep(1000)
        case "raise":
            raise ValueError("got a bug")
        case "refuse":
            raise GradingError("There is no sandbox here. Install bubblewrap.")
        case "unreadable":
            return replace(graded(job, "It is not JSON.", share=0.0), state="unreadable")
        case "grow":
            HELD.append(b"\1" * (int(arguments[0]) << 20))
        case "shout":
            print("on stdout")
            os.system("echo and from a child; cat")
        case "who":
            return graded(job, str(os.getpid()))
        case "slow":
            time.sleep(float(arguments[0]))
        case "child":  # a child that outlives what started it, unless it is seen to
            child = subprocess.Popen(["sleep", "1000"])
            Path(arguments[0]).write_text(f"{os.getpid()} {child.pid}")
            time.sleep(1000)
        case "where":
            return graded(job, *(m.__file__ for m in sys.modules.values() if getattr(m, "__name__", "") == "queue"))
        case "share":
            return graded(job, share=float(arguments[0]))
        case "log":
            with open(arguments[0], "a") as file:
                file.write(f"{job.learner}\n")
            time.sleep(float(arguments[1]))
    return graded(job)
