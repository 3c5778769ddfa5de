"""The pieces of work that are measured: the same numbers through cnnlab, plain NumPy, loops, and PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plain

from cnnlab import models, ops, optim
from cnnlab.conventions import cs231n
from cnnlab.ops.parallel import parallel

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

Call = Callable[[], Any]


@dataclass(frozen=True)
class Work:
    """One row of the table: how to make the calls, what they are held to, and what share of the work the loops do."""

    name: str
    make: Callable[[], dict[str, Call]]  # contender → call
    goal: float  # largest ratio to PyTorch
    loops_share: float = 1.0  # the loops run on this share of the pictures, and their time is scaled up


def _random(*shape: int, dtype: str = "float32") -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def convolution(
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    stride: int,
    pad: int,
    dtype: str,
    backward: bool,
    loops: int = 1,
) -> dict[str, Call]:
    """Forward, or forward and backward, of one convolution with bias."""
    x, w, b = _random(*x_shape, dtype=dtype), _random(*w_shape, dtype=dtype), _random(w_shape[0], dtype=dtype)
    dy = np.ones_like(ops.conv2d(x, w, b, stride=stride, pad=pad)[0])
    param = {"stride": stride, "pad": pad}

    def cnnlab() -> Any:
        y, cache = ops.conv2d(x, w, b, stride=stride, pad=pad)
        return ops.conv2d_backward(dy, cache) if backward else y

    def naive() -> Any:
        y, cache = cs231n.conv_forward_naive(x[:loops], w, b, param)
        return cs231n.conv_backward_naive(dy[:loops], cache) if backward else y

    def peer() -> Any:
        y, cols = plain.conv(x, w, b, stride, pad)
        return plain.conv_backward(dy, cols, x, w, stride, pad) if backward else y

    calls: dict[str, Call] = {"cnnlab": cnnlab, "plain": peer, "loops": naive}
    if torch is not None:
        tensors = [torch.tensor(a, requires_grad=backward) for a in (x, w, b)]
        tdy = torch.tensor(dy)

        def theirs() -> Any:
            y = torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad)
            return torch.autograd.grad(y, tensors, tdy) if backward else y

        calls["torch"] = theirs
    return calls


def product(x_shape: tuple[int, ...], w_shape: tuple[int, ...], stride: int, pad: int, dtype: str) -> dict[str, Call]:
    """Bare matrix product of a convolution's size, against all of PyTorch's convolution.

    No window is copied and every block multiplies the same numbers, from the cache: no convolution that multiplies
    matrices with NumPy is faster.
    """
    theirs = convolution(x_shape, w_shape, stride, pad, dtype, False)
    n, k = len(theirs["cnnlab"]()), w_shape[0]
    places = theirs["cnnlab"]()[0, 0].size
    filters = _random(k, math.prod(w_shape[1:]), dtype=dtype)
    some = max(1, (1 << 20) // (filters.shape[1] * places * filters.itemsize))  # pictures of one block
    windows = _random(filters.shape[1], some * places, dtype=dtype)

    def job(start: int, stop: int) -> None:
        maps = np.empty((k, some * places), dtype)
        for i in range(start, stop, some):
            part = min(some, stop - i) * places
            np.dot(filters, windows[:, :part], out=maps.reshape(-1)[: k * part].reshape(k, part))

    calls: dict[str, Call] = {"cnnlab": lambda: parallel(job, n, n * windows.size)}
    return calls | {name: call for name, call in theirs.items() if name == "torch"}


def pooling(kind: str, kernel: int, stride: int, backward: bool) -> dict[str, Call]:
    """Forward, or forward and backward, of max or average pooling on (64, 64, 32, 32)."""
    x = _random(64, 64, 32, 32)
    op, back = (ops.maxpool2d, ops.maxpool2d_backward) if kind == "max" else (ops.avgpool2d, ops.avgpool2d_backward)
    dy = np.ones_like(op(x, kernel, stride=stride)[0])
    param = {"pool_height": kernel, "pool_width": kernel, "stride": stride}

    def cnnlab() -> Any:
        y, cache = op(x, kernel, stride=stride)
        return back(dy, cache) if backward else y

    def naive() -> Any:
        y, cache = cs231n.max_pool_forward_naive(x[:1], param)
        return cs231n.max_pool_backward_naive(dy[:1], cache) if backward else y

    def peer() -> Any:
        y, winners = plain.pool(kind, x, kernel, stride)
        return plain.pool_backward(kind, dy, winners, x.shape, kernel, stride) if backward else y

    calls: dict[str, Call] = {"cnnlab": cnnlab, "plain": peer}
    if kind == "max":
        calls["loops"] = naive
    if torch is not None:
        tensor, tdy = torch.tensor(x, requires_grad=backward), torch.tensor(dy)
        function = torch.nn.functional.max_pool2d if kind == "max" else torch.nn.functional.avg_pool2d

        def theirs() -> Any:
            y = function(tensor, kernel, stride)
            return torch.autograd.grad(y, tensor, tdy) if backward else y

        calls["torch"] = theirs
    return calls


def batchnorm(backward: bool) -> dict[str, Call]:
    """Spatial batchnorm in training on (64, 64, 32, 32)."""
    x, dy, gamma, beta = _random(64, 64, 32, 32), _random(64, 64, 32, 32), _random(64), _random(64)

    def cnnlab() -> Any:
        y, cache = ops.spatial_batchnorm(x, gamma, beta)
        return ops.spatial_batchnorm_backward(dy, cache) if backward else y

    def peer() -> Any:
        y, hat, std = plain.batchnorm(x, gamma, beta)
        return plain.batchnorm_backward(dy, gamma, hat, std) if backward else y

    calls: dict[str, Call] = {"cnnlab": cnnlab, "plain": peer}
    if torch is not None:
        tensors = [torch.tensor(a, requires_grad=backward) for a in (x, gamma, beta)]
        tdy = torch.tensor(dy)

        def theirs() -> Any:
            y = torch.nn.functional.batch_norm(tensors[0], None, None, *tensors[1:], training=True)
            return torch.autograd.grad(y, tensors, tdy) if backward else y

        calls["torch"] = theirs
    return calls


def step(name: str, shape: tuple[int, ...], batch: int) -> dict[str, Call]:
    """One training step: forward, loss, backward, Adam."""
    net = {"lenet5": models.lenet5, "three_layer": models.three_layer_net}[name](shape)
    rule = optim.Adam()
    x, y = _random(batch, *shape), np.arange(batch) % 10

    def cnnlab() -> Any:
        loss, cache = ops.softmax_cross_entropy(net.forward(x, train=True), y)
        net.backward(ops.softmax_cross_entropy_backward(1.0, cache))
        rule.step(net.params, net.grads)
        return loss

    calls: dict[str, Call] = {"cnnlab": cnnlab}
    if torch is not None:
        nn = torch.nn
        theirs_net = (
            nn.Sequential(
                nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
            )
            if name == "lenet5"
            else nn.Sequential(
                nn.Conv2d(3, 32, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                nn.Linear(32 * 16 * 16, 100), nn.ReLU(), nn.Linear(100, 10),
            )
        )  # fmt: skip
        theirs_rule = torch.optim.Adam(theirs_net.parameters())
        tx, ty = torch.tensor(x), torch.tensor(y)

        def theirs() -> Any:
            theirs_rule.zero_grad()
            loss = nn.functional.cross_entropy(theirs_net(tx), ty)
            loss.backward()
            theirs_rule.step()
            return loss

        calls["torch"] = theirs
    return calls


_CONVOLUTIONS = {
    "a": ((100, 3, 31, 31), (25, 3, 3, 3), 2, 1, "float64", 0.9, 1.0),
    "b": ((64, 3, 32, 32), (32, 3, 7, 7), 1, 3, "float32", 1.7, 1.25),
    "c": ((64, 32, 16, 16), (64, 32, 3, 3), 1, 1, "float32", 1.4, 1.35),
    "d": ((64, 64, 32, 32), (64, 64, 3, 3), 1, 1, "float32", 1.4, 1.4),
}


def works() -> list[Work]:
    """Return every row of the table, in order."""
    rows = []
    for letter, (x, w, stride, pad, dtype, forward, both) in _CONVOLUTIONS.items():
        about = f"conv {letter} {x}*{w} s{stride} p{pad} {dtype}"
        for backward, goal in ((False, forward), (True, both)):
            what = "forward+backward" if backward else "forward"
            make = lambda x=x, w=w, s=stride, p=pad, d=dtype, back=backward: convolution(x, w, s, p, d, back)  # noqa: E731
            rows.append(Work(f"{about}: {what}", make, goal, 1 / x[0]))
        bare = lambda x=x, w=w, s=stride, p=pad, d=dtype: product(x, w, s, p, d)  # noqa: E731
        rows.append(Work(f"conv {letter}: bare matrix product of the same size, forward", bare, forward))
    for kind, kernel, forward, both in (("max", 2, 0.3, 0.55), ("max", 3, 0.45, 0.9), ("average", 2, 0.4, 0.6)):
        for backward, goal in ((False, forward), (True, both)):
            what = "forward+backward" if backward else "forward"
            make = lambda kind=kind, kernel=kernel, back=backward: pooling(kind, kernel, 2, back)  # noqa: E731
            rows.append(Work(f"{kind} pool {kernel}×{kernel} s2 (64, 64, 32, 32): {what}", make, goal, 1 / 64))
    for backward, goal in ((False, 0.95), (True, 1.3)):
        what = "forward+backward" if backward else "forward"
        rows.append(Work(f"spatial batchnorm (64, 64, 32, 32): {what}", lambda back=backward: batchnorm(back), goal))
    rows.append(Work("LeNet-5 training step, batch 128", lambda: step("lenet5", (1, 32, 32), 128), 1.4))
    rows.append(Work("three-layer ConvNet training step, batch 50", lambda: step("three_layer", (3, 32, 32), 50), 0.95))
    return rows


def growth() -> dict[str, list[tuple[int, dict[str, Call]]]]:
    """Return convolution forward and backward with one of its sizes growing at a time."""

    def conv(n: int = 32, c: int = 32, k: int = 32, side: int = 24, f: int = 3) -> dict[str, Call]:
        calls = convolution((n, c, side, side), (k, c, f, f), 1, f // 2, "float32", True)
        del calls["loops"], calls["plain"]
        return calls

    return {
        "batch": [(n, conv(n=n)) for n in (8, 16, 32, 64, 128)],
        "channels in": [(c, conv(c=c)) for c in (8, 16, 32, 64, 128)],
        "filters": [(k, conv(k=k)) for k in (8, 16, 32, 64, 128)],
        "side of the picture": [(side, conv(side=side)) for side in (8, 16, 32, 64)],
        "side of the kernel": [(f, conv(f=f)) for f in (1, 3, 5, 7)],
    }
