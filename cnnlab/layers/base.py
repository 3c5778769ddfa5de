"""What every layer is: an operation that keeps its parameters, their gradients and what its backward pass needs.

A layer is a dataclass whose fields are its settings; sizes that follow from the input are worked out by `build`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["KINDS", "Array", "Layer", "Shape"]

Array = NDArray[Any]
Shape = tuple[int, ...]

KINDS: dict[str, type[Layer]] = {}


@dataclass(eq=False, repr=False)
class Layer:
    """One layer. A subclass fills in :meth:`output_shape`, :meth:`_forward` and :meth:`_backward`."""

    short: ClassVar[str] = "layer"  # its name in a network, before the number

    def __init_subclass__(cls) -> None:
        KINDS[cls.__name__] = cls

    def __post_init__(self) -> None:
        self.params: dict[str, Array] = {}  # what is learnt
        self.grads: dict[str, Array] = {}  # the same names, after a backward pass
        self.buffers: dict[str, Array] = {}  # what is remembered but not learnt
        self._cache: Any = None

    def __repr__(self) -> str:
        """Name the kind and its settings; those that are at their default are left out."""
        told: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                told.append(f"{field.name}={value!r}" if field.kw_only else repr(value))
        return f"{type(self).__name__}({', '.join(told)})"

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that makes a layer like this one."""
        return asdict(self)

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The window as ((rows, row stride), (columns, column stride)), for :func:`cnnlab.shapes.receptive_field`."""
        return (1, 1), (1, 1)

    def build(self, shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        """Make the parameters for inputs of this shape, the batch axis left out; return the shape of the output."""
        return self.output_shape(shape)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the output for inputs of this shape, the batch axis left out both times."""
        return shape

    def forward(self, x: Array, *, train: bool = False, rng: np.random.Generator | None = None) -> Array:
        """Apply the layer. `train` keeps what :meth:`backward` needs and makes batchnorm and dropout behave so."""
        y, cache = self._forward(x, train, rng)
        self._cache = (cache,) if train else None
        return y

    def backward(self, dy: Array, *, need_dx: bool = True) -> Array | None:
        """Fill `grads` and return the gradient of the input, or None if it was not asked for.

        Raises
        ------
        RuntimeError
            If the last forward pass was not in training mode.
        """
        if self._cache is None:
            raise RuntimeError(
                f"{self!r}: got no forward pass to go back through, wanted one in training mode just before. "
                "Call forward(x, train=True) first; each forward pass can be gone back once."
            )
        (cache,), self._cache = self._cache, None
        return self._backward(dy, cache, need_dx)

    def _forward(self, x: Array, train: bool, rng: np.random.Generator | None) -> tuple[Array, Any]:
        raise NotImplementedError

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        raise NotImplementedError
