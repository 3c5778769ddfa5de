"""``cnnlab train``, also ``python -m cnnlab.train``: train a network from the command line."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import click

from cnnlab import data, models
from cnnlab.data.download import SOURCES
from cnnlab.data.generated import Difficulty
from cnnlab.optim import SGD, Adam, Cosine, Momentum, Optimizer, RMSprop
from cnnlab.train.evaluate import evaluate
from cnnlab.train.fit import fit
from cnnlab.train.history import History

__all__ = ["train"]

RULES: dict[str, tuple[type[Optimizer], float]] = {  # with a learning rate to start from
    "adam": (Adam, 0.003),
    "momentum": (Momentum, 0.02),
    "rmsprop": (RMSprop, 0.001),
    "sgd": (SGD, 0.05),
}
EPOCHS = {"digits": 20, "shapes": 12}
OTHER_EPOCHS = 5
SIZES = {"digits": 32}  # LeNet-5 was built for this one


@click.command()
@click.option("--data", "name", type=click.Choice(data.NAMES), default="digits", show_default=True, help="Data set.")
@click.option("--model", type=click.Choice(list(models.MODELS)), default="lenet5", show_default=True, help="Network.")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    help="Passes over the training pictures.  [20 for digits, 12 for shapes, else 5]",
)
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Pictures per step.")
@click.option("--optimizer", type=click.Choice(list(RULES)), default="adam", show_default=True, help="Rule of descent.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Learning rate at the start.")
@click.option("--weight-decay", type=click.FloatRange(0, 1, max_open=True), default=0.0, help="Shrink the weights.")
@click.option("--patience", type=click.IntRange(1), help="Stop after so many epochs without progress.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, another run.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where the files of the data set are.")
@click.option("--download", is_flag=True, help="Fetch the data set first if it is not there.")
@click.option("--limit", type=click.IntRange(1), help="Take only the first so many pictures of each file.")
@click.option("--size", type=click.IntRange(8), help="Side of digits (a multiple of 8) and shapes, in pixels.")
@click.option("--n", type=click.IntRange(60), help="How many shapes.  [3000]")
@click.option("--difficulty", type=click.Choice(["easy", "medium", "hard"]), help="Of shapes.  [easy]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.  [runs/DATA-MODEL]"
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint there, with the same options.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def train(
    name: str,
    model: str,
    epochs: int | None,
    batch_size: int,
    optimizer: str,
    rate: float | None,
    weight_decay: float,
    patience: int | None,
    seed: int,
    folder: Path | None,
    download: bool,
    limit: int | None,
    size: int | None,
    n: int | None,
    difficulty: Difficulty | None,
    out: Path | None,
    resume: bool,
    quiet: bool,
) -> None:
    """Train a network and save it, its learning curves and a checkpoint to go on from.

    Stop it with Ctrl-C, or kill it: the same command with --resume goes on as if nothing had happened.
    """
    at_hand = name in ("digits", "shapes")
    for option, given in (("--folder", folder), ("--download", download), ("--limit", limit)):
        if at_hand and given:
            raise click.UsageError(f"{option} is for data sets read from files, not for {name}. Leave it out.")
    if not at_hand and folder is None and not download:
        ways = "--download or --folder FOLDER" if name in SOURCES else "--folder FOLDER"
        raise click.UsageError(f"--data {name} is read from files: say where they are. Add {ways}.")
    if size and not at_hand:
        raise click.UsageError(f"--size is for digits and shapes; the pictures of {name} have their own. Leave it out.")
    for option, chosen in (("--n", n), ("--difficulty", difficulty)):
        if name != "shapes" and chosen:
            raise click.UsageError(f"{option} is for shapes, not for {name}. Leave it out.")
    begin = time.perf_counter()
    results = out or Path("runs") / f"{name}-{model}"
    passes = epochs or EPOCHS.get(name, OTHER_EPOCHS)
    try:
        parts = data.load(
            name,
            folder,
            size=size or SIZES.get(name),
            n=n or 3000,
            difficulty=difficulty or "easy",
            seed=seed,
            limit=limit,
            download=download,
        )
        shape = parts.train.images.shape[1:]
        network = models.MODELS[model](shape, len(parts.train.classes), rng=seed)
        click.echo("{}: {:,} pictures to learn from, {:,} to validate, {:,} to test".format(name, *map(len, parts)))
        click.echo(f"{model}: {network!r}")
        _make(results)
        history = fit(
            network,
            parts.train,
            parts.validation if len(parts.validation) else None,
            optimizer=_rule(optimizer, rate, weight_decay, passes * -(-len(parts.train) // batch_size)),
            epochs=passes,
            batch_size=batch_size,
            seed=seed,
            # A sixteenth of the picture either way: what it shows stays what it is, wherever it stands.
            augment=partial(data.shift, most=min(shape[1:]) // 16),
            patience=patience,
            checkpoint=results / "checkpoint.npz",
            checkpoint_every=100,
            resume=resume,
            progress=not quiet,
        )
        network.save(results / "model.npz")
        _draw(history, results, f"{model} on {name}")
    except (ValueError, OSError, ImportError, FloatingPointError) as error:
        raise click.ClickException(str(error)) from error
    if history.stopped == "interrupted":
        click.echo(f"The network so far is in {results}. Add --resume to go on.")
        raise SystemExit(130)
    loss, accuracy = evaluate(network, parts.test)
    seconds = time.perf_counter() - begin
    click.echo(f"test: loss {loss:.4f}, accuracy {accuracy:.1%}; {seconds:.0f} s; results in {results}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"--out: got {folder} ({error.strerror}), wanted a folder to write in. Choose another one."
        ) from error


def _rule(name: str, rate: float | None, weight_decay: float, steps: int) -> Optimizer:
    kind, usual = RULES[name]
    return kind(Cosine(rate or usual, steps=steps, warmup=min(100, steps // 10)), weight_decay=weight_decay)


def _draw(history: History, folder: Path, title: str) -> None:
    try:
        from cnnlab.train.curves import curves

        curves(history, title=title).savefig(folder / "curves.png", dpi=120)
    except ImportError:
        click.echo("The learning curves need matplotlib. Run: pip install 'cnnlab[lab]'")
