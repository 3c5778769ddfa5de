"""Hand notebooks to a class, take them back, give honest scores.

A learner's notebook is read as data; its code runs in a sandbox only, and what is right never enters there.
"""
