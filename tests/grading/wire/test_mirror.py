import numpy as np
import pytest

from cnnlab.grading.wire.form import WireError
from cnnlab.grading.wire.mirror import Mirror
from tests.grading.wire.pairs import Stood, pair


def test_objects_keep_their_identity_both_ways():
    here, there = pair()
    array, settings_ = np.zeros(3), {"stride": 2}
    call = (array, settings_, (array, settings_))
    came = there.unpack(here.pack(call))[0]
    assert came[2][0] is came[0]
    back = here.unpack(there.pack(came[0], came[2], {"a": came[1]}))
    assert back[0] is array
    assert back[1] is call[2]
    assert back[2]["a"] is settings_


def test_what_one_side_writes_the_other_sees():
    here, there = pair()
    array, numbers, config = np.zeros((2, 3)), [1, 2], {"t": 1, "m": np.zeros(2)}
    a, n, c = there.unpack(here.pack(array, numbers, config))
    a[0, 1] = 5
    n.append(a)
    c["t"] = 2
    c["m"] += 1
    c["v"] = np.ones(1)
    here.unpack(there.pack(None))
    assert array[0, 1] == 5
    assert numbers[2] is array
    assert (config["t"], config["m"].tolist(), config["v"].tolist()) == (2, [1, 1], [1])
    config["v"][0] = 7
    there.unpack(here.pack(None))
    assert c["v"][0] == 7


def test_a_result_that_is_overwritten_later_is_seen_so():
    here, there = pair()
    buffer = np.zeros((4, 4))
    [first] = here.unpack(there.pack(buffer[:2]))
    buffer += 3
    [second] = here.unpack(there.pack(buffer[:2]))
    assert first.tolist() == second.tolist() == [[3] * 4] * 2
    buffer += 1
    here.unpack(there.pack(None))
    assert first.tolist() == second.tolist() == [[4] * 4] * 2


def test_what_nobody_holds_is_forgotten():
    here, there = pair()
    kept = []
    for i in range(20):
        came = there.unpack(here.pack("call", [np.full(3, i)], {}))
        kept = [*kept, came[1][0]][-1:]
        del came
        here.unpack(there.pack((np.ones(5), [i, i])))
    assert len(here._objects) == len(there._objects) < 12


def test_a_changed_array_must_fit():
    here, _ = pair()
    array = np.zeros(3)
    here.pack(array)
    number = here.number(array)
    for content in ([array.dtype.str, [4], bytes(32)], ["<i8", [3], bytes(24)], ["<f8", [3]], "x", [[], [], []]):
        change = Mirror(1, Stood).pack(number, content)
        body = change[4 : 4 + int.from_bytes(change[:4], "little")]
        with pytest.raises(WireError):
            here.unpack(bytes(4) + body + b"N")
    assert array.tolist() == [0, 0, 0]


def test_what_is_too_large_is_refused_and_leaves_no_trace():
    here, there = pair()
    with pytest.raises(WireError, match="value: got more than"):
        there.pack([[1], [0] * 1_100_000])
    assert here.unpack(there.pack([2])) == [[2]]
