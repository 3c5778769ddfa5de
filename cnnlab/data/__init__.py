"""Pictures, kernels and labels to learn on."""

from cnnlab.data.dataset import DataError, Dataset, Splits
from cnnlab.data.digits import digits
from cnnlab.data.download import fetch
from cnnlab.data.files import cats, cifar10, fashion_mnist, mnist, signs
from cnnlab.data.generated import SHAPES, shapes
from cnnlab.data.kernels import KERNELS, KernelPreset, kernel
from cnnlab.data.load import NAMES, load
from cnnlab.data.pictures import grey, photograph, step_image
from cnnlab.data.prepare import batches, flip, normalise, positions, shift, split

__all__ = [
    "KERNELS",
    "NAMES",
    "SHAPES",
    "DataError",
    "Dataset",
    "KernelPreset",
    "Splits",
    "batches",
    "cats",
    "cifar10",
    "digits",
    "fashion_mnist",
    "fetch",
    "flip",
    "grey",
    "kernel",
    "load",
    "mnist",
    "normalise",
    "photograph",
    "positions",
    "shapes",
    "shift",
    "signs",
    "split",
    "step_image",
]
