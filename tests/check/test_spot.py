"""Spot the bug, on a toy: a sum of absolute values that forgets the last number."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.check import verdict
from cnnlab.check.probe import Probe, values
from cnnlab.check.spot import spot
from cnnlab.check.subject import Local
from cnnlab.check.task import Mistake, Task
from tests.check.toys import PARTNER

PROBES = (
    Probe(lambda: (values(1, (4,)), 2)),
    Probe(lambda: (values(2, (3,)), 3)),
    Probe(lambda: (np.array([-4.0]), 1)),
)
TASK = Task(
    parameters=("x", "times"),
    core=lambda x, times: np.abs(x).sum() * times,
    probes=PROBES,
    mistakes=(
        Mistake("no_last", "The last number is missing.", "Look.", before=lambda x, times: (x[:-1], times)),
        Mistake("no_abs", "Signs are left.", "Which sign has each number?", instead=lambda x, times: x.sum() * times),
    ),
)


def suspect(x, times):
    return np.abs(x[:-1]).sum() * times


TASKS = spot(
    "no_last",
    suspect,
    TASK,
    hidden=lambda: (np.array([1.0, 0.0]), 2),
    look="Which number does the suspect never look at?",
    says="It leaves out the last number.",
    usable=lambda x, times: "" if times else "With `times` 0 every sum is 0.",
)


def judge(exercise, fn):
    return verdict.judge_call(exercise, TASKS[exercise], Local(fn), fn)


@pytest.mark.parametrize(
    "fn",
    [
        lambda: (np.array([1.0, 2.0]), 1),
        lambda: ([1, 2], 1),
        lambda: [np.array([[1.0, 2.0], [3.0, 4.0]]), np.int64(2)],
    ],
)
def test_inputs_that_bring_the_bug_to_light_pass(fn):
    report = judge("find_no_last", fn)
    assert report.state == "pass", str(report)
    assert "the suspect gives" in report.message
    assert "It leaves out the last number." in report.message


@pytest.mark.parametrize(
    ("fn", "mistake", "words"),
    [
        (lambda: (np.array([1.0, 0.0]), 1), "still_hidden", "Its bug stays hidden"),
        (lambda: np.array([1.0, 0.0]), "wrong_arguments", "1 value; the suspect takes 2: x and times"),
        (lambda: None, "wrong_arguments", "Nothing came back"),
        (lambda: (1, 2, 3), "wrong_arguments", "3 values"),
        (lambda: ("?", 2), "unusable", "A right function cannot work with these inputs either"),
        (lambda: (np.array([np.nan]), 2), "unusable", "not finite"),
        (lambda: (np.array([1.0, 2.0]), 0), "unusable", "With times 0 every sum is 0."),
        (lambda: 1 / 0, None, "divided by zero"),
    ],
)
def test_what_brings_nothing_to_light_is_told(fn, mistake, words):
    report = judge("find_no_last", fn)
    assert (report.state, report.mistake) == ("fail", mistake)
    assert words in report.message


def test_a_task_with_a_partner_is_refused():
    with pytest.raises(ValueError, match="partner 'own_forward'"):
        spot("any", suspect, PARTNER, hidden=lambda: (), look="Look.")


def test_a_suspect_that_stops_is_found_out():
    stops = spot("stops", lambda x, times: x[7], TASK, hidden=lambda: (np.zeros(9), 2), look="How long is `x`?")
    find = lambda: (np.ones(2), 1)  # noqa: E731
    report = verdict.judge_call("find_stops", stops["find_stops"], Local(find), find)
    assert report.state == "pass"
    assert "the suspect stops with IndexError" in report.message


def test_what_is_still_the_suspect_is_told_so():
    assert judge("mend_no_last", suspect).mistake == "not_mended"
    assert judge("mend_no_last", lambda x, times: abs(x).sum() * times).state == "pass"
    assert judge("mend_no_last", lambda x, times: x.sum() * times).mistake == "no_abs"
    assert judge("mend_no_last", lambda x, times: abs(x[1:]).sum() * times).state == "fail"


def test_a_task_that_prepares_its_arguments_can_have_a_suspect():
    turned = replace(
        TASK,
        core=lambda x, times: x.sum() * times,
        prepare=lambda x, times: (np.abs(x), times),
        mistakes=(Mistake("mean", "It is the mean.", "Look.", instead=lambda x, times: x.mean() * times),),
    )
    tasks = spot("no_last", suspect, turned, hidden=lambda: (np.zeros(2), 1), look="Look.")
    for fn, mistake in ((suspect, "not_mended"), (lambda x, times: abs(x).mean() * times, "mean")):
        assert verdict.judge_call("mend_no_last", tasks["mend_no_last"], Local(fn), fn).mistake == mistake
