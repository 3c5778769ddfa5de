"""``python -m cnnlab``: the same command line as ``cnnlab``."""

try:
    from cnnlab.cli import main
except ModuleNotFoundError as error:  # a checkout that was never installed
    if (error.name or "cnnlab").startswith("cnnlab"):
        raise
    raise SystemExit(
        f"cnnlab needs {error.name}, which is not installed. Run: make lab, or pip install -e '.[lab]'"
    ) from None

if __name__ == "__main__":
    main()
