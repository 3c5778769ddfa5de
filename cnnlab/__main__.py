"""``python -m cnnlab``: the same command line as ``cnnlab``."""

from cnnlab.cli import main

if __name__ == "__main__":
    main()
