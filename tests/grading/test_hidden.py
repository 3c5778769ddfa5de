import numpy as np
import pytest

from cnnlab import course
from cnnlab.check import exercises
from cnnlab.check.alternatives import alternatives
from cnnlab.check.compare import leaves
from cnnlab.check.subject import Local
from cnnlab.check.verdict import judge_subject
from cnnlab.grading.hidden import hidden

TASKS = {id: exercises.find(id) for id in course.exercises()}
VARIED = {id: task for id, task in TASKS.items() if not task.raw and not task.properties}


def numbers(probe):
    return [(np.shape(part), np.asarray(part).tobytes()) for _, _, part in leaves(probe.make()) if not callable(part)]


@pytest.mark.parametrize("exercise", VARIED)
@pytest.mark.parametrize("seed", [3, 2**62])
def test_right_solutions_are_right_on_hidden_probes_too(exercise, seed):
    task = hidden(TASKS[exercise], seed)
    for solution in alternatives()[exercise]:
        report = judge_subject(exercise, task, Local(solution))
        assert report.state == "pass", str(report)


@pytest.mark.parametrize("exercise", VARIED)
def test_hidden_probes_are_no_published_ones(exercise):
    known = [numbers(probe) for probe in TASKS[exercise].probes]
    for probe in hidden(TASKS[exercise], 7).probes:
        assert numbers(probe) not in known


@pytest.mark.parametrize("exercise", VARIED)
def test_a_seed_always_makes_the_same_and_another_seed_makes_others(exercise):
    once, again, other = (list(map(numbers, hidden(TASKS[exercise], seed).probes)) for seed in (7, 7, 8))
    assert once == again
    assert once != other


@pytest.mark.parametrize("exercise", VARIED)
def test_kind_layout_and_signs_stay(exercise):
    published = [probe.make() for probe in TASKS[exercise].probes]
    kinds = {str([_kind(part) for _, _, part in leaves(arguments)]) for arguments in published}
    for probe in hidden(TASKS[exercise], 7).probes:
        assert str([_kind(part) for _, _, part in leaves(probe.make())]) in kinds


def _kind(part):
    if isinstance(part, np.ndarray):
        signs = np.sign(part).tolist() if part.dtype.kind == "f" else part.tolist()
        return part.dtype, part.shape, part.flags.writeable, part.flags.c_contiguous, signs
    return type(part)


@pytest.mark.parametrize("exercise", ["diagonal_edge_kernel", "find_blur_bug", "beat_the_net"])
def test_exercises_that_are_given_nothing_have_none(exercise):
    assert hidden(TASKS[exercise], 1) is None


def test_a_table_of_the_published_answers_earns_nothing():
    task = TASKS["output_size"]
    table = {probe.make(): task.right(*probe.make()) for probe in task.probes}

    def output_size(n, f, pad, stride):
        return table.get((n, f, pad, stride), 0)

    assert judge_subject("output_size", task, Local(output_size)).state == "pass"
    assert judge_subject("output_size", hidden(task, 5), Local(output_size)).state == "fail"
