"""Stanford CS231n, assignment 2 (2017 to 2025): NCHW arrays, ``*_param`` dictionaries, caches as tuples.

A learner of that course can write ``from cnnlab.conventions.cs231n import *`` and run the checks of their own notebook
against these functions. Meanings that other courses do not share: the first cell in reading order wins a tie in max
pooling; batchnorm's momentum is the share of the old running value that stays, and its running variance is biased;
dropout's p is the chance to stay.

Source of the signatures: https://cs231n.github.io/assignments2025/assignment2/
"""

from cnnlab.conventions.cs231n import fast, gradient_check, layer, naive, net, optim, sandwich, solver
from cnnlab.conventions.cs231n.fast import *  # noqa: F403
from cnnlab.conventions.cs231n.gradient_check import *  # noqa: F403
from cnnlab.conventions.cs231n.layer import *  # noqa: F403
from cnnlab.conventions.cs231n.naive import *  # noqa: F403
from cnnlab.conventions.cs231n.net import *  # noqa: F403
from cnnlab.conventions.cs231n.optim import *  # noqa: F403
from cnnlab.conventions.cs231n.sandwich import *  # noqa: F403
from cnnlab.conventions.cs231n.solver import *  # noqa: F403

__all__ = [
    *naive.__all__,
    *layer.__all__,
    *fast.__all__,
    *sandwich.__all__,
    *optim.__all__,
    *gradient_check.__all__,
    *net.__all__,
    *solver.__all__,
]
