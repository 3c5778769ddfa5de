"""``python -m cnnlab.train``: the same as ``cnnlab train``."""

from cnnlab.train.command import train

if __name__ == "__main__":
    train(prog_name="python -m cnnlab.train")
