"""Notebook 03."""

SLIPS: tuple = ()
WILD: dict = {}
