"""A program that does nothing, to try whether a sandbox opens."""
