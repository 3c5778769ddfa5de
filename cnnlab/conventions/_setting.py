"""Read the settings dictionaries of other courses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["read"]


def read(
    name: str, given: Mapping[str, Any] | None, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a copy of a settings dictionary after a look at its keys.

    Examples
    --------
    >>> read("conv_param", {"stride": 1, "pad": 0}, ("stride", "pad"))
    {'stride': 1, 'pad': 0}
    """
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{name}: got {type(given).__name__}, wanted a dictionary with the keys {_quoted(required or optional)}. "
            f"Pass {name}={_example(required)}."
        )
    missing = [key for key in required if key not in given]
    if missing:
        raise ValueError(
            f"{name}: got no {_quoted(missing)}, wanted the keys {_quoted(required)}. Add {name}[{missing[0]!r}] = …"
        )
    unknown = [key for key in given if key not in required + optional]
    if unknown:
        raise ValueError(
            f"{name}: got the unknown key {unknown[0]!r}, wanted only {_quoted(required + optional)}. Remove it, or "
            "correct its spelling."
        )
    return dict(given)


def _quoted(keys: tuple[str, ...] | list[str]) -> str:
    return ", ".join(repr(key) for key in keys)


def _example(keys: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"{key!r}: …" for key in keys) + "}"
