"""Notebook 04."""

SLIPS: tuple = ()
WILD: dict = {}
