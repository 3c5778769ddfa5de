"""Notebook 08."""

SLIPS: tuple = ()
WILD: dict = {}
