"""Coloured shapes drawn by arithmetic: a data set for colour networks that needs no file. Used in notebook 08.

Everything is computed in whole numbers, so that the same call gives the same pixels everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import Dataset
from cnnlab.data.splitmix import Draws
from cnnlab.whole import whole

__all__ = ["SHAPES", "Difficulty", "shapes"]

Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]
Difficulty = Literal["easy", "medium", "hard"]

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")

ONE = 4096  # 1.0 in fixed point, for cosines
TURN = 720  # steps of a full turn: half a degree each, and a third, a fifth and a quarter of it are whole
GRID = 3  # samples per pixel and axis: smooth edges
PIXEL = 16 * GRID  # units of length per pixel
CHUNK = 32  # pictures drawn at a time, to stay in cache
LABELS = 2**40  # streams from here on draw labels, those below pictures

# Rounding hides the last bits in which mathematical libraries differ: no value lies near a half.
COSINES = np.array([round(ONE * math.cos(2 * math.pi * k / TURN)) for k in range(TURN)], np.int32)


@dataclass(frozen=True)
class _Level:
    """How much may vary. Lengths are in percent of the picture's side, colours in levels of 255."""

    radius: tuple[int, int]
    shift: int  # of the centre, either way
    turn: int  # in steps, either way
    dark: int  # brightest background
    bright: int  # darkest the shape's brightest channel may be
    noise: int  # standard deviation
    inverted: bool  # half of the pictures dark on bright


_LEVELS: dict[str, _Level] = {
    "easy": _Level((26, 38), 8, 30, 60, 190, 4, False),
    "medium": _Level((22, 36), 12, 60, 90, 170, 10, False),
    "hard": _Level((15, 34), 18, TURN // 2, 110, 150, 22, True),
}


def shapes(n: int, size: int = 64, seed: int = 0, *, difficulty: Difficulty = "easy") -> Dataset:
    """Draw `n` colour pictures of circles, squares, triangles, stars, crosses and rings.

    Place, scale, turn, colours and noise are random; the colour says nothing about the class. Every six pictures in a
    row hold each class once. Pixels depend on `size`, `seed` and `difficulty` alone, not on `n`, the computer or the
    version of NumPy: the first ten of a thousand are the ten of ``shapes(10)``.

    Parameters
    ----------
    n
        Number of pictures.
    size
        Side of a picture in pixels, 8 to 512.
    seed
        Another seed, other pictures.
    difficulty
        "easy": bright shapes of similar scale near the middle, hardly turned. "medium": more of everything. "hard":
        any turn, small shapes, strong noise, and half of the pictures dark on bright.

    Returns
    -------
    Dataset
        Pictures (n, 3, size, size), float32 from 0 to 1: whole levels out of 255.

    Examples
    --------
    >>> some = shapes(6, size=16)
    >>> some
    Dataset: 6 pictures 3×16×16, 6 classes
    >>> sorted(some.labels.tolist())
    [0, 1, 2, 3, 4, 5]
    """
    for name, value, least, most in (("n", n, 0, 10**7), ("size", size, 8, 512)):
        whole(name, value, least, most, remedy=f"Choose {name} in that range.")
    if not isinstance(seed, int | np.integer):
        raise ValueError(f"seed: got {seed!r}, wanted a whole number. Write seed=0.")
    if difficulty not in _LEVELS:
        raise ValueError(f"difficulty: got {difficulty!r}, wanted one of {', '.join(_LEVELS)}. Choose one of these.")
    labels = _labels(n, seed)
    images = np.empty((n, 3, size, size), np.float32)
    for start in range(0, n, CHUNK):
        part = slice(start, min(start + CHUNK, n))
        images[part] = _draw(labels[part], start, size, seed, _LEVELS[difficulty])
    images /= np.float32(255)
    return Dataset(images, labels, SHAPES)


def _labels(n: int, seed: int) -> NDArray[np.int64]:
    """Return the classes in random order, every six in a row a permutation of all."""
    rounds = np.arange(-(-n // len(SHAPES)))
    order = np.argsort(Draws(seed, LABELS + rounds).words(len(SHAPES)), axis=1, kind="stable")
    return order.astype(np.int64).ravel()[:n]


def _draw(labels: NDArray[np.int64], first: int, size: int, seed: int, level: _Level) -> NDArray[np.int64]:
    """Draw one chunk of pictures, whole levels 0 to 255, (N, 3, size, size)."""
    n = len(labels)
    draws = Draws(seed, np.arange(first, first + n))
    side = size * PIXEL
    radius = draws.between(level.radius[0] * side // 100, level.radius[1] * side // 100)  # (N, 1)
    centre = side // 2 + draws.between(-level.shift * side // 100, level.shift * side // 100, 2)
    turn = draws.between(-level.turn, level.turn)
    background = draws.between(0, level.dark, 3)
    # One channel is surely bright and the others are free: every hue, and always a contrast.
    colour = draws.between(0, 255, 3)
    colour[np.arange(n), draws.between(0, 2)[:, 0]] = draws.between(level.bright, 255)[:, 0]
    flipped = draws.between(0, 1)[:, 0] == 1
    if level.inverted:
        background[flipped], colour[flipped] = 255 - background[flipped], 255 - colour[flipped]

    cover = np.empty((n, size, size), np.int64)
    samples = (np.arange(size * GRID, dtype=np.int32) * 2 + 1) * (PIXEL // GRID) // 2
    for i in range(n):
        dy, dx = samples[:, None] - np.int32(centre[i, 0]), samples[None, :] - np.int32(centre[i, 1])
        u, v = _along(dx, dy, turn[i, 0]), _along(dx, dy, turn[i, 0] + TURN // 4)
        inside = _inside(int(labels[i]), u, v, int(radius[i, 0]))
        cover[i] = inside.reshape(size, GRID, size, GRID).sum((1, 3))

    ground = background[:, :, None, None] * GRID**2
    paint = (colour - background)[:, :, None, None]
    noise = draws.bell(3 * size * size).reshape(n, 3, size, size) * level.noise // 209
    return np.clip((ground + paint * cover[:, None]) // GRID**2 + noise, 0, 255)


def _along(u: Ints, v: Ints, turn: int) -> Ints:
    """Return how far the points lie in the direction `turn`."""
    cosine, sine = COSINES[turn % TURN], COSINES[(turn - TURN // 4) % TURN]
    distance: Ints = (u * cosine + v * sine) // ONE
    return distance


def _inside(label: int, u: Ints, v: Ints, radius: int) -> Mask:
    """Tell which points lie in the shape of that class around (0, 0) with that radius."""
    inside: Mask
    match SHAPES[label]:
        case "circle":
            inside = u * u + v * v <= (radius * 9 // 10) ** 2
        case "ring":
            square = u * u + v * v
            inside = (square <= radius**2) & (square >= (radius * 6 // 10) ** 2)
        case "square":
            inside = np.maximum(np.abs(u), np.abs(v)) <= radius * 3 // 4
        case "cross":
            long, short = np.maximum(np.abs(u), np.abs(v)), np.minimum(np.abs(u), np.abs(v))
            inside = (long <= radius) & (short <= radius * 3 // 10)
        case "triangle":
            sides = [_along(u, v, TURN // 4 + k * TURN // 3) > radius // 2 for k in range(3)]
            inside = np.sum(sides, axis=0) == 0
        case _:
            # The five sides of a pentagon, each drawn on until they meet again: a point of the star is beyond one
            # side at most. The sides lie at cos 72° = 0.309 of the points' distance.
            sides = [_along(u, v, TURN // 4 + k * TURN // 5) > radius * 309 // 1000 for k in range(5)]
            inside = np.sum(sides, axis=0) <= 1
    return inside
