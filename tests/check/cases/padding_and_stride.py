"""Notebook 02."""

SLIPS: tuple = ()
WILD: dict = {}
