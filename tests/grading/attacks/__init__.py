"""Attacks and accidents: each is handed in as a notebook, and must cost nobody anything."""
