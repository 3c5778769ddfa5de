"""Results of several parts, caches, partners, classes, dicts: the engine on exercises made up for it."""

from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest

from cnnlab import check
from cnnlab.check import strength
from cnnlab.check.function import lent, missing_call
from cnnlab.check.probe import Probe, values
from cnnlab.check.subject import Local
from cnnlab.check.task import Mistake, Property, Task
from cnnlab.check.verdict import judge_call
from tests.check import toys
from tests.check.toys import BACKWARD, CLASS, FORWARD, PARTNER, TOYS, WRITES, backward, forward, judged

Grads = namedtuple("Grads", "dX dW db")
EACH = [pytest.param(task, m, id=f"{name}-{m.name}") for name, task in TOYS.items() for m in task.mistakes]


@pytest.mark.parametrize("task", TOYS.values(), ids=TOYS)
def test_an_imitation_without_mistakes_passes(task):
    call = strength.imitator(task)
    report = judge_call("toy", task, Local(call), call)
    assert report.state == "pass", str(report)
    assert report.part == 1.0


@pytest.mark.parametrize(("task", "mistake"), EACH)
def test_every_mistake_of_a_tree_is_named(task, mistake):
    call = strength.imitator(task, mistake)
    report = judge_call("toy", task, Local(call), call)
    assert (report.state, report.mistake, report.part) == ("fail", mistake.name, 0.0), str(report)


def test_two_mistakes_in_one_tree_are_named_as_a_pair():
    def two(dZ, cache):
        dX, dW, db = backward(dZ, cache)
        return dX, dW / len(dZ), 0 * db

    assert judged(BACKWARD, two).mistake == "mean + no_bias_sum"


@pytest.mark.parametrize(
    "change",
    [list, lambda r: Grads(*r), lambda r: tuple(a.tolist() for a in r), lambda r: tuple(list(a) for a in r)],
)
def test_a_tuple_may_come_as_a_list_a_named_tuple_or_lists(change):
    report = judged(BACKWARD, lambda dZ, cache: change(backward(dZ, cache)))
    assert report.state == "pass", str(report)


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (
            lambda dZ, cache: backward(dZ, cache)[0],
            "One array of shape (1, 3, 2, 2) came back; it should be three values: `dX`, `dW` and `db`.",
        ),
        (lambda dZ, cache: backward(dZ, cache)[:2], "Two values (an array of shape (1, 3, 2, 2), an array of shape"),
        (lambda dZ, cache: 3.0, "One number came back; it should be three values"),
        (lambda dZ, cache: {"dX": 1}, "A dict came back; it should be three values"),
        (lambda dZ, cache: None if cache else 0, "Nothing came back (`None`); it should be three values"),
        (lambda dZ, cache: (None, *backward(dZ, cache)[1:]), "`dX` is `None`; it should be an array"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], "db"), "`db` is a str; it should be an array"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], cache[2][0]), "`db` came back with shape (1, 1, 2), but"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], cache[2] * np.nan), "2 of 2 values of `db` are NaN"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], cache[2] * 1j), "The numbers of `db` are complex"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], cache[2] > 0), "`db` holds True and False"),
        (lambda dZ, cache: (*backward(dZ, cache)[:2], 0 * cache[2]), "`db` is not right; `dX` and `dW` are."),
        (
            lambda dZ, cache: [2 * a for a in backward(dZ, cache)],
            "11 of 12 values of `dX` are not right. Every value is 2 times",
        ),
    ],
)
def test_what_is_wrong_with_a_tuple_is_told_by_the_names_of_its_parts(fn, words):
    plain = replace(BACKWARD, mistakes=())
    report = judged(plain, fn)
    assert report.state == "fail"
    assert words.replace("`", "") in report.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda Z, cache: (Z, cache[:3]), "`cache` holds three values (an array"),
        (lambda Z, cache: (Z, None), "`cache` is `None`; it should be four values"),
        (lambda Z, cache: (Z, (*cache[:3], {"Scale": 1})), "lacks the keys 'scale', 'mode'. It has the key 'Scale'."),
        (lambda Z, cache: (Z, (*cache[:3], 7)), "`cache[3]` is one number; it should be a dict"),
        (lambda Z, cache: (Z, (*cache[:3], {**cache[3], "mode": "max"})), "`cache[3][\"mode\"]` is `'max'`; it should"),
        (lambda Z, cache: (Z, (0 * cache[0], *cache[1:])), "`cache[0]` is not right; `Z` is."),
        (lambda Z, cache: (Z, (cache[1], *cache[1:])), "`cache[0]` came back with shape (1, 1, 1, 2)"),
    ],
)
def test_a_wrong_cache_is_told_down_to_the_part(change, words):
    report = judged(FORWARD, lambda *arguments: change(*forward(*arguments)))
    assert words.replace("`", "") in report.message


def test_a_call_shows_dicts_caches_and_functions_in_short():
    text = judged(BACKWARD, lambda dZ, cache: 0).message
    assert "Called with dZ (example 0, channel 0 of 1×3×2×2)" in text
    assert "Called with cache: X (example 0, channel 0 of 1×3×2×2)" in text
    assert "Called with cache: hparameters: {'scale': 1, 'mode': 'plain'}" in text

    def cube(x):
        """x → x³."""
        return x**3

    task = Task(("f", "x"), lambda f, x: f(x), (Probe(lambda: (cube, 2.0)), Probe(lambda: (np.cos, 1.0))))
    text = judged(task, lambda f, x: 0).message
    assert "Called with f: the function cube: x → x³." in text
    assert "Called with x: 2" in text


def test_changed_inputs_are_found_inside_caches_and_dicts():
    def writes(dZ, cache):
        result = backward(dZ, cache)
        cache[0][...] = 0
        return result

    def adds_a_key(dZ, cache):
        cache[3]["seen"] = True
        return backward(dZ, cache)

    assert "changed the cache[0] it was given" in judged(BACKWARD, writes).message
    assert 'changed the cache[3]["seen"] it was given' in judged(BACKWARD, adds_a_key).message
    assert judged(replace(BACKWARD, may_change=("cache",)), writes).state == "pass"


# Dicts that are written to.


def test_what_is_written_into_a_dict_is_compared():
    assert judged(WRITES, toys.own_forward).state == "pass"

    def deletes(x, w, param):
        result = toys.own_forward(x, w, param)
        del param["mean"]
        return result

    report = judged(replace(WRITES, mistakes=()), deletes)
    assert "param lacks the key 'mean'. It is empty." in report.message

    def other_key(x, w, param):
        param["momentum"] = 1
        return toys.own_forward(x, w, param)

    assert 'changed the param["momentum"]' in judged(WRITES, other_key).message

    def wrong(x, w, param):
        result = toys.own_forward(x, w, param)
        param["mean"] = param["mean"] + 1
        return result

    assert 'param["mean"] is not right; out is.' in judged(WRITES, wrong).message


def test_a_lone_result_beside_a_written_dict():
    task = Task(
        ("x", "log"),
        lambda x, log: (log.update(last=2 * x), 2 * x)[1],
        (Probe(lambda: (values(1, (3,)), {})), Probe(lambda: (values(2, (2,)), {"last": 0}))),
        writes={"log": ("last",)},
    )
    call = strength.imitator(task)
    assert judged(task, call).state == "pass"
    assert "log lacks the key 'last'" in judged(task, lambda x, log: 2 * x).message


def test_a_result_may_have_other_parts_in_other_calls():
    def scores_or_loss(x, y):
        return 2 * x if y is None else ((x * y).sum(), {"x": 1.0 * y})

    task = Task(
        ("x", "y"),
        scores_or_loss,
        (Probe(lambda: (values(1, (3,)), None)), Probe(lambda: (values(2, (4,)), values(3, (4,))))),
        results=("loss", "grads"),
    )
    assert judged(task, scores_or_loss).state == "pass"
    wrong = judged(task, lambda x, y: 2 * x if y is None else (0.0, {"x": 1.0 * y})).message
    assert "loss is not right; grads is." in wrong


def test_a_key_that_was_not_written_is_told_so():
    report = judged(replace(WRITES, mistakes=()), lambda x, w, param: toys.own_forward(x, w, dict(param)))
    assert 'param["mean"] is not right' in report.message
    assert "It still holds what stood there before the call" in report.message


def test_a_size_that_is_a_float_passes_with_a_remark():
    task = Task(("n", "f"), lambda n, f: n - f + 1, (Probe(lambda: (6, 3)), Probe(lambda: (5, 2))))
    assert "returned a float" in judged(task, lambda n, f: n - f + 1.0).message
    assert "returned a float" not in judged(task, lambda n, f: n - f + 1).message


# Partners.


def learner_module(forward_source):
    names = {"np": np}
    exec(forward_source, names)
    exec(
        "def own_backward(dout, cache):\n    w, x = cache\n    return dout * w, (dout * x).sum(0)",
        names,
    )
    return names["own_backward"]


def test_a_right_forward_of_the_learners_makes_the_cache():
    fn = learner_module("def own_forward(x, w, param):\n    return x * w, (w, x)")
    report = judged(PARTNER, fn)
    assert report.state == "pass"
    assert "made by your own own_forward" in report.message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def own_forward(x, w, param):\n    return x + w, (w, x)", "Your own own_forward is not right yet"),
        ("def own_forward(x, w, param):\n    return x * w", "Your own own_forward is not right yet"),
        ("def own_forward(x, w, param):\n    pass", "yours was not found"),
        ("", "yours was not found"),
    ],
)
def test_without_a_right_forward_the_courses_makes_the_cache(source, words):
    assert words in judged(PARTNER, learner_module(source)).message


def test_a_wrong_forward_still_makes_the_cache_that_only_its_own_backward_can_read():
    names = {"np": np}
    exec("def own_forward(x, w, param):\n    return x + w, (w, x, 'kept')", names)
    exec("def own_backward(dout, cache):\n    w, x, _ = cache\n    return dout * w, (dout * x).sum(0)", names)
    report = judged(PARTNER, names["own_backward"])
    assert report.state == "pass"
    assert "Your own own_forward is not right yet, and it made the cache." in report.message


def test_a_cache_that_cannot_be_read_is_not_the_learners_mistake():
    names = {"np": np}
    exec("def own_backward(dout, cache):\n    w, x, _ = cache\n    return dout * w, (dout * x).sum(0)", names)
    message = judged(PARTNER, names["own_backward"]).message
    assert message.startswith("The cache was made by the course's own_forward; yours was not found.")
    assert "How many names" not in message


def test_only_what_came_back_is_counted():
    report = judged(WRITES, lambda x, w, param: toys.own_forward(x, w, param)[0])
    assert "it should be two values: out and cache." in report.message


def test_the_partner_is_found_in_a_closure():
    def outer():
        def own_forward(x, w, param):
            return x * w, [w, x]

        def own_backward(dout, cache):
            w, x = cache
            return own_forward(dout, w, None)[0], (dout * x).sum(0)

        return own_backward

    report = judged(PARTNER, outer())
    assert report.state == "pass"
    assert "made by your own" in report.message


def test_the_library_s_pair_fits_itself():
    assert judged(PARTNER, toys.own_backward).state == "pass"


# Classes.


class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x):
        return (x * self.w).sum(), {"w": x, "x": self.w}


def test_a_class_is_built_and_called():
    assert judged(CLASS, Model).state == "pass"

    class Keeps(Model):
        def loss(self, x):
            return (x * self.w).sum(), {"W": x, "x": self.w}

    assert "grads lacks the key 'w'. It has the keys 'W', 'x'." in judged(CLASS, Keeps).message

    class Stub(Model):
        def loss(self, x):
            raise NotImplementedError

    assert judged(CLASS, Stub).state == "todo"

    class NoArguments(Model):
        def __init__(self):
            pass

    ours = {}  # `adapt` stands in the package, so its line is not shown
    exec(compile("def adapt(cls):\n    return lambda x, w: cls(w).loss(x)", check.__file__, "exec"), ours)
    text = judged(replace(CLASS, adapt=ours["adapt"]), NoArguments).message
    assert "builds your class and calls its methods, and Python says: " in text
    assert "cls(w)" not in text


def test_a_closed_over_helper_of_a_method_is_lent():
    def outer():
        def times(x, w):
            return x + w

        class Net:
            def __init__(self, w):
                self.w = w

            def loss(self, x):
                return times(x, self.w).sum(), {"w": x, "x": self.w}

        return Net, times

    net, times = outer()
    report = judged(CLASS, net)
    assert report.state == "pass"
    assert "Your own times is not right yet" in report.message
    assert net.loss.__closure__[0].cell_contents is times


def test_a_helper_is_lent_under_all_its_names():
    scope = {"blank": None}
    exec(
        "def times(x, w):\n    return x + w\nmultiply = times\nother = len\n"
        "def loss(x, w):\n    assert (blank, other) == (None, len)\n    return multiply(x, w).sum()",
        scope,
    )
    before = dict(scope)
    with lent(scope["loss"], {"times": lambda x, w: x * w, "blank": None, "missing": abs}) as swapped:
        assert swapped
        assert scope["loss"](np.ones(3), np.zeros(3)) == 0
        assert scope["other"] is len
        assert "missing" not in scope
    assert scope == before


def test_a_function_where_a_class_is_asked_for():
    assert "asks for a class" in missing_call(lambda x: x, "toy", "class")
    assert "asks for a class" in missing_call(3, "toy", "class")
    assert missing_call(Model, "toy", "class") is None


# Properties of any value, and scores.

RAW = Task(
    parameters=(),
    core=lambda: None,
    probes=(Probe(lambda: ()),),
    raw=True,
    properties=(
        Property("pair", lambda value: f"{len(value)} values came.", "Look.", lambda value: len(value) == 2),
        Property("named", "The second has no name.", "Look.", lambda value: "name" in value[1]),
    ),
)


def test_properties_look_at_any_value():
    assert judged(RAW, lambda: (1, {"name": 2})).state == "pass"
    report = judged(RAW, lambda: (1, 2, 3))
    assert (report.mistake, report.message.splitlines()[0]) == ("pair", "3 values came.")
    assert judged(RAW, lambda: (1, {})).mistake == "named"
    assert judged(RAW, lambda: (1, 7)).mistake == "named"  # cannot even be asked


def test_an_open_exercise_gives_a_part():
    scored = replace(RAW, score=lambda value: (value[0], f"{value[0]:.0%} of the pictures are right."))
    half = judged(scored, lambda: (0.5, {"name": 1}))
    assert (half.state, half.part, half.message) == ("fail", 0.5, "50% of the pictures are right.")
    assert judged(scored, lambda: (1.5, {"name": 1})).part == 1.0
    assert judged(scored, lambda: (0.5, {})).part == 0.0


# Masks, settings, scales.


def test_a_mask_may_hold_bools_whole_numbers_or_floats():
    task = Task(("x",), lambda x: x == x.max(), tuple(Probe(lambda s=s: (values(s, (3, 4)),)) for s in (1, 2)))
    for kind in (bool, int, float, np.uint8):
        assert judged(task, lambda x, kind=kind: (x == x.max()).astype(kind)).state == "pass"
    report = judged(task, lambda x: x != x.max())
    assert "True and False have changed places in every cell." in report.message


def test_words_and_switches_are_compared_by_equality():
    task = Task(("x",), lambda x: ("same" if x else "valid", x > 1), (Probe(lambda: (0,)), Probe(lambda: (2,))))
    assert judged(task, lambda x: ("same" if x else "valid", np.bool_(x > 1))).state == "pass"
    assert "result[0] is 'full'; it should be 'valid'" in judged(task, lambda x: ("full", x > 1)).message


def test_a_sum_that_cancels_may_leave_a_rounding_error():
    task = Task(("x", "times"), lambda x, times: (x - x) * times, (Probe(lambda: (values(1, (4,)), 2)),) * 2)
    assert judged(task, lambda x, times: (x - x) * times + 1e-15).state == "pass"
    assert judged(task, lambda x, times: (x - x) * times + 1e-9).state == "fail"
    wide = replace(task, scale=lambda x, times: 1e3)
    assert judged(wide, lambda x, times: (x - x) * times + 1e-9).state == "pass"


# Where results are wrong, in words, for arrays of up to four axes.

BIG = Task(("x",), lambda x: 2 * x, tuple(Probe(lambda s=s: (values(s, (2, 3, 5, 4)) + 0.5,)) for s in (1, 2)))


def _set(index, value=99):
    def change(out):
        out[index] = value
        return out

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda out: out * 0, "Every value came back as zero."),
        (lambda out: out[..., ::-1], "Every result is the right one mirrored left to right."),
        (lambda out: out[:, :, ::-1], "Every result is the right one upside down."),
        (lambda out: out[:, ::-1], "The channels came in reverse order."),
        (lambda out: out[::-1], "The examples came in reverse order."),
        (lambda out: -out, "Every value has the wrong sign."),
        (lambda out: abs(out), "The size of every value is right, its sign is not."),
        (lambda out: np.roll(out, 1, 3), "The right values moved right by one column."),
        (lambda out: np.roll(out, -2, 2), "The right values moved up by 2 rows."),
        (lambda out: np.roll(out, 1, 1), "The right values moved on by one channel."),
        (lambda out: out / 8, "Every value is 1/8 of the right one."),
        (lambda out: out * 2.5, "Every value is 2.5 times the right one."),
        (lambda out: out + 3, "Every value is 3 too large."),
        (
            lambda out: out + np.array([1, 2, -3])[:, None, None],
            "Each channel is off by a number of its own: +1 in channel 0, +2 in channel 1, -3 in channel 2.",
        ),
        (_set((0, 1), 0), "Only example 0 is wrong. Only channel 1 is wrong. The wrong ones are all 0."),
        (_set((0, 1)), "Only example 0 is wrong. Only channel 1 is wrong."),
        (_set((slice(1, None),)), "Example 0 is right, example 1 is not."),
        (_set((slice(None), slice(1, None))), "Channel 0 is right, the others are not."),
        (_set((slice(None), slice(None), 0)), "Only the first row is wrong."),
        (_set((..., -1)), "Only the last column is wrong."),
        (_set((..., [0, -1], slice(None))), "Only the first and the last row are wrong."),
        (lambda out: np.where(np.arange(4) > 0, out, np.rint(out / 50) * 50), "Only the first column is wrong."),
        (_set((..., slice(1, -1), slice(1, -1))), "Only the inside is wrong; the rim is right."),
        (lambda out: out[:, :1] + 0 * out, "All channels came back the same."),
        (lambda out: out[:, :, 1:, :-1], "In every call: 1 row too few and 1 column too few."),
        (lambda out: out.swapaxes(2, 3), "In every call height and width have changed places."),
        (lambda out: np.moveaxis(out, 1, -1), "In every call the axes came in another order."),
    ],
)
def test_places_in_arrays_of_four_axes_are_told_in_words(change, words):
    report = judged(BIG, lambda x: change(2 * x))
    assert words in report.message, report.message


def test_a_factor_that_differs_from_call_to_call_is_told():
    task = Task(("x",), lambda x: x + 1, tuple(Probe(lambda n=n: (values(n, (n, 3)) + 20,)) for n in (2, 5)))
    assert (
        "Every value here is 1/2 of the right one; in other calls" in judged(task, lambda x: (x + 1) / len(x)).message
    )


def test_lost_digits_are_no_factor():
    task = Task(("x",), lambda x: x + 1, (Probe(lambda: (values(1, (2, 3)) + 20.123456,)),))
    report = judged(task, lambda x: (x + 1).round(4))
    assert report.state == "fail"
    assert "times the right one" not in report.message


def test_one_slice_of_four_axes_is_shown_with_marks_and_a_cell_in_words():
    text = judged(BIG, lambda x: _set((1, 2, 0))(2 * x)).message
    assert "Came back (example 1, channel 2 of 2×3×5×4)" in text
    assert "99*" in text
    assert "Take example 1, channel 2, row 0, column 0: came back 99" in text


def test_a_lone_result_has_the_axes_of_the_argument_it_comes_from():
    task = Task(("X", "k"), lambda X, k: X * k, (Probe(lambda: (values(1, (2, 3, 2, 2)), 2)),))
    wrong = lambda X, k: _set((1, 2, 0, 1))(X * k)  # noqa: E731
    assert "Take example 1, row 2, column 0, channel 1:" in judged(task, wrong).message
    assert "Take example 1, channel 2, row 0, column 1:" in judged(replace(task, axes={"": "NCHW"}), wrong).message


def test_axes_of_length_one_are_left_out_of_a_table():
    text = judged(BACKWARD, lambda dZ, cache: (*backward(dZ, cache)[:2], cache[2] * 5)).message
    assert "Came back: db (1×1×1×2)\n  35* 45*" in text


def test_axes_have_the_names_the_task_gives_them():
    task = replace(FORWARD, mistakes=(), axes={"Z": "NCHW"})
    text = judged(task, lambda *a: (_set((0, 0, 0, 0))(forward(*a)[0]), forward(*a)[1])).message
    assert "Take example 0, channel 0, row 0, column 0 of Z" in text
    text = judged(replace(task, axes={}), lambda *a: (_set((0, 0, 1, 0))(forward(*a)[0]), forward(*a)[1])).message
    assert "Take example 0, row 0, column 1, channel 0 of Z" in text


# Exceptions.


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "return hparameters['strid']",
            "asked for the key 'strid', and it has no such key. The keys there are: `hpara",
        ),
        ("return hparameters.stride", "with its key in square brackets"),
        ("return float(b)", "`.item()` takes it out, as in `b.item()`"),
        ("return np.zeros((2, 2)) + np.zeros((3, 2))", "Two arrays of different shapes met: (2,2) and (3,2)"),
        ("out = np.zeros((2, 2)); out[0] = np.zeros(3)", "Two arrays of different shapes met: (3,) and (2,)"),
        ("return X[0, 0, 9, 0]", "axis 2 has size 2, so 9 is no place on it"),
        ("return np.zeros(hparameters['scale'] / 2)", "`/` always makes a float"),
        ("return [0 for _ in range(4 / 2)]", "`/` always makes a float"),
    ],
)
def test_exceptions_of_functions_with_dicts_are_told_in_words(line, words):
    names = {"np": np}
    exec(f"def learners(X, W, b, hparameters):\n    {line}", names)
    assert words.replace("`", "") in judged(FORWARD, names["learners"]).message


def test_unpacking_a_cache_says_what_it_holds():
    def learners(dZ, cache):
        X, W, b = cache
        return X, W, b

    assert "cache holds 4 values: X, W, b, hparameters." in judged(BACKWARD, learners).message


def test_a_missing_key_of_a_cached_dict_lists_those_there_are():
    def learners(dZ, cache):
        return cache[3]["stride"]

    assert "hparameters has 'scale', 'mode'" in judged(BACKWARD, learners).message


def test_a_mistake_that_cannot_look_at_a_result_does_not_stop_the_check():
    nosy = Mistake("nosy", "Nosy.", "Look.", shows=lambda got, right, *arguments: got["no"] > 1)
    assert judged(replace(FORWARD, mistakes=(nosy,)), lambda *a: 0).mistake is None


# What comes back may be anything.


class Unreadable:
    def __array__(self, *arguments, **settings):
        raise RuntimeError("no array of mine")


class Endless:
    def __array__(self, *arguments, **settings):
        while True:
            pass


class Bomb:
    def __eq__(self, other):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError

    def __len__(self):
        return 3

    def __iter__(self):
        raise RuntimeError

    __hash__ = None


class Liar(np.ndarray):
    @property
    def shape(self):
        return (99,)


def _list_in_itself(*arguments):
    own = []
    own.append(own)
    return own


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda dZ, cache: (part for part in backward(dZ, cache)), "A generator came back; it should be three values"),
        (lambda dZ, cache: (backward(dZ, cache),), "One value (a tuple) came back"),
        (lambda dZ, cache: ([[1, 2], [3]],) * 3, "`dX` is a list; it should be an array"),
        (lambda dZ, cache: (), "No values came back"),
        (lambda dZ, cache: {1, 2, 3}, "A set came back"),
        (lambda dZ, cache: zip([1], [2], strict=True), "A zip came back"),
        (lambda dZ, cache: (np.array(["a"]),) * 3, "`dX` is an array of str_"),
        (lambda dZ, cache: (int, float, str), "`dX` is a type"),
        (lambda dZ, cache: (np.zeros((40_000, 40_000)),) * 3, "`dX` came back with shape (40000, 40000)"),
        (lambda dZ, cache: Unreadable(), "type Unreadable came back that cannot be read (RuntimeError: no array of"),
        (lambda dZ, cache: (Unreadable(), 1, 2), "type tuple came back that cannot be read"),
        (lambda dZ, cache: Bomb(), "A Bomb came back"),
        (lambda dZ, cache: (Bomb(), Bomb(), Bomb()), "`dX` is a Bomb"),
        (_list_in_itself, "type list came back that cannot be read (RecursionError"),
        (lambda dZ, cache: exit(), "ended the whole program"),
    ],
)
def test_odd_results_come_back_as_a_report(fn, words, capfd):
    report = judged(BACKWARD, fn)
    assert report.state == "fail"
    assert words.replace("`", "") in report.message
    assert report._repr_mimebundle_()["text/plain"] == str(report)
    assert capfd.readouterr() == ("", "")


def test_a_setting_that_cannot_be_compared_is_not_right():
    for odd in (Bomb(), np.zeros(3)):
        report = judged(FORWARD, lambda *a, odd=odd: (forward(*a)[0], (*a[:3], {**a[3], "mode": odd})))
        assert 'cache[3]["mode"] is not right; Z is.' in report.message


def test_a_result_that_never_ends_to_be_read_is_stopped(monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 0.2)
    assert judged(BACKWARD, lambda dZ, cache: Endless()).mistake == "endless_loop"


def test_a_subclass_that_lies_about_its_shape_is_taken_by_its_numbers():
    assert judged(BACKWARD, lambda dZ, cache: tuple(a.view(Liar) for a in backward(dZ, cache))).state == "pass"


def test_a_wrong_function_that_is_slow_is_told_both(monkeypatch):
    monkeypatch.setattr("cnnlab.check.telling.SLOW", 0.0)
    report = judged(BACKWARD, lambda dZ, cache: (0, 0, 0))
    assert "It is slow: 3 small calls took" in report.message


def test_a_forward_that_fails_the_second_time_does_no_harm():
    calls = []

    def own_forward(x, w, param):
        print("forward")
        calls.append(1)
        if len(calls) > 2:
            raise RuntimeError
        return x * w, (w, x)

    def own_backward(dout, cache):
        own_forward  # noqa: B018
        w, x = cache
        return dout * w, (dout * x).sum(0)

    assert judged(PARTNER, own_backward).state == "fail"
