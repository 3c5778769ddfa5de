"""Notebook 05."""

SLIPS: tuple = ()
WILD: dict = {}
