from decimal import Decimal
from fractions import Fraction

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.check.probe import read_only, spread, values
from cnnlab.grading.wire.form import INT_BYTES, MOST_CELLS, MOST_DEPTH, About
from tests.grading.wire.pairs import crossed


def same(a, b):
    if isinstance(a, np.ndarray) and a.dtype.kind == "U":  # the width may shrink to the longest word
        return b.dtype.kind == "U" and a.tolist() == b.tolist()
    if isinstance(a, np.ndarray):
        return type(b) is np.ndarray and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and (a == b or a != a)


NUMBERS = st.one_of(
    arrays.integer_dtypes(endianness="?"), arrays.floating_dtypes(endianness="?"), arrays.complex_number_dtypes()
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.fractions(),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.int8, st.integers(-9, 9)),
    st.builds(np.str_, st.text()),
    arrays.arrays(NUMBERS, arrays.array_shapes(min_dims=0, min_side=0)),
    arrays.arrays(np.dtype("U3"), arrays.array_shapes(max_side=3), elements=st.text("abc", max_size=3)),
)
KEYS = st.one_of(st.text(), st.integers(), st.tuples(st.integers(), st.text()))
TREES = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.lists(part, max_size=4),
        st.lists(part, max_size=4).map(tuple),
        st.dictionaries(KEYS, part, max_size=4),
    ),
    max_leaves=12,
)


@given(TREES)
def test_what_is_sent_arrives(tree):
    assert same(tree, crossed(tree))


@pytest.mark.parametrize(
    "make",
    [
        lambda: values(1, (3, 4)),
        lambda: values(1, (3, 4)).T,
        lambda: np.asfortranarray(values(1, (2, 3, 4))),
        lambda: spread(values(1, (3, 4))),
        lambda: read_only(spread(values(1, (2, 3, 4))).transpose(0, 2, 1)),
        lambda: values(1, (4, 6))[::2, ::3],
        lambda: np.array(3.0),
        lambda: np.zeros((0, 3)),
    ],
)
def test_arrays_keep_how_they_lie_in_memory(make):
    array = make()
    came = crossed(array)
    assert same(array, came)
    for flag in ("writeable", "c_contiguous", "f_contiguous"):
        assert getattr(came.flags, flag) == getattr(array.flags, flag)
    order = np.argsort(np.negative(np.abs(array.strides)), kind="stable")
    assert list(np.argsort(np.negative(np.abs(came.strides)), kind="stable")) == list(order)


class Liar(np.ndarray):
    shape = property(lambda self: (9, 9))

    def __eq__(self, other):
        return True

    def __array__(self, *arguments, **settings):
        return np.full((3, 3), 7.0)

    def tobytes(self, *arguments):
        return bytes(8)

    __hash__ = None


def test_a_subclass_that_lies_is_sent_as_it_is():
    came = crossed(np.arange(4.0).view(Liar))
    assert type(came) is np.ndarray
    assert came.tolist() == [0, 1, 2, 3]


class Count(int):
    def __int__(self):
        return 99

    __add__ = __index__ = __int__


@pytest.mark.parametrize(
    "value", [Count(3), True, np.True_, -0.0, 2**60, Decimal("1.5"), Fraction(1, 3), slice(1, None)]
)
def test_single_values_keep_their_worth(value):
    came = crossed(value)
    assert repr(came) == repr(int.__add__(value, 0) if isinstance(value, Count) else value)


def test_other_objects_stay_where_they_are_under_the_name_of_their_type():
    class Odd:
        def __array__(self):
            raise RuntimeError

    def fn():
        pass

    odd, function, words = crossed([Odd(), fn, {1, 2}])
    assert odd.what == About("Odd", "", False, True)
    assert function.what == About("function", "fn", True, False)
    assert words.what.kind == "set"
    assert crossed((10 ** (3 * INT_BYTES),))[0].what.kind == "int"


def test_arrays_nobody_computes_with_keep_type_and_shape():
    assert crossed(np.array(["2020-01-01"], "M8[D]")).dtype.kind == "M"
    assert crossed(np.zeros((2, 3), "i4,f8")).shape == (2, 3)
    huge = crossed(np.zeros(MOST_CELLS + 1, np.int8))
    assert (huge.shape, huge.dtype, huge.strides) == ((MOST_CELLS + 1,), np.int8, (0,))
    objects = crossed(np.array([1, None, "a"], object))
    assert objects.tolist() == [1, None, "a"]
    masked = crossed(np.ma.masked_less(np.arange(3.0), 1))
    assert isinstance(masked, np.ma.MaskedArray)
    assert masked.mask.tolist() == [True, False, False]


def test_deep_and_circular_lists_arrive():
    deep = []
    for _ in range(MOST_DEPTH + 20):
        deep = [deep]
    came, depth = crossed(deep), 0
    while isinstance(came, list):
        came, depth = came[0], depth + 1
    assert came.what.kind == "list"
    assert depth == MOST_DEPTH
    ring = []
    ring.append(ring)
    came = crossed(ring)
    assert came[0] is came
