"""Pictures, kernels and labels to learn on."""

from cnnlab.data.kernels import KERNELS, KernelPreset, kernel
from cnnlab.data.pictures import grey, photograph, step_image

__all__ = ["KERNELS", "KernelPreset", "grey", "kernel", "photograph", "step_image"]
