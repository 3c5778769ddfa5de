"""Layers: an operation with its parameters; and networks of them. Used in notebook 08."""

from cnnlab.layers.base import Layer
from cnnlab.layers.initial import he, xavier
from cnnlab.layers.kinds import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU
from cnnlab.layers.sequential import Sequential, load_model
from cnnlab.layers.summary import Summary

__all__ = [
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "Summary",
    "he",
    "load_model",
    "xavier",
]
