import numpy as np
import pytest

from cnnlab.whole import whole


def test_whole_numbers_of_both_kinds_come_back_as_pythons():
    got = [whole("n", value, 1, 9) for value in (1, 9, np.int8(5), np.uint64(2), np.array(3))]
    assert got == [1, 9, 5, 2, 3]
    assert {type(number) for number in got} == {int}


@pytest.mark.parametrize("value", [0, 10, -(10**9), 2.0, "3", None, True, np.True_, float("nan"), [3], np.ones(1, int)])
def test_anything_else_is_refused_and_the_remedy_works(value):
    with pytest.raises(ValueError, match=r"^n: got .*, wanted a whole number from 1 to 9\. Write n=[19]\.$") as caught:
        whole("n", value, 1, 9)
    remedy = str(caught.value).rpartition("=")[2].rstrip(".")
    assert whole("n", int(remedy), 1, 9) == int(remedy)


def test_without_an_upper_end_any_large_number_will_do():
    assert whole("n", 10**30, 0) == 10**30
    with pytest.raises(ValueError, match=r"at least 0\. Leave it out\.$"):
        whole("n", -1, 0, remedy="Leave it out.")
