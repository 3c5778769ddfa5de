"""Notebook 07."""

SLIPS: tuple = ()
WILD: dict = {}
