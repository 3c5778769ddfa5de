"""Notebook 06."""

SLIPS: tuple = ()
WILD: dict = {}
