"""Pictures and labels to learn on."""

from cnnlab.data.pictures import grey, photograph, step_image

__all__ = ["grey", "photograph", "step_image"]
