"""What lies beside the notebooks of a release: how to open them and hand them in, and what has to be installed."""

from __future__ import annotations

from cnnlab.grading.model import Release, Sheet
from cnnlab.words import counted

__all__ = ["environment", "readme", "requirements"]


def readme(release: Release) -> str:
    """Write the page for learners."""
    total = counted(sum(sheet.points for sheet in release.sheets), "point")
    tables = "\n\n".join(_table(sheet) for sheet in release.sheets)
    return f"""# {release.title}

{counted(len(release.sheets), "notebook")}, {total}.

## Open

You need Python 3.11 or newer. In this folder type

    python -m pip install -r requirements.txt
    jupyter lab

With conda: `conda env create -f environment.yml`, `conda activate cnnlab`, then `jupyter lab`. Open the notebooks in
the folder `notebooks`.

## Work

- Write your answers where `TODO` stands. Run the cell below: the check says what is right and what is not. You may run
  it as often as you like.
- Keep the name of each function. You may add cells and functions of your own.
- Exercises that say *not graded* are practice.

## Hand in

1. Restart the kernel and run all cells (*Run*, *Restart Kernel and Run All Cells*).
2. Save.
3. Hand in the `.ipynb` files. Do not rename them.

Your functions are called anew when they are graded, also with numbers that the notebook does not show. An edited check
or an output that was typed in does not count.

## Points

{tables}
"""


def _table(sheet: Sheet) -> str:
    rows = "\n".join(f"| `{exercise.id}` | {exercise.points:g} |" for exercise in sheet.exercises)
    return f"### {sheet.name.partition('_')[0]} {sheet.title}\n\n| exercise | points |\n|---|---|\n{rows}"


def requirements(release: Release) -> str:
    """Write what pip installs."""
    return f"cnnlab[lab]=={release.version}\n"


def environment(release: Release) -> str:
    """Write what conda installs."""
    return (
        "name: cnnlab\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n"
        f"      - cnnlab[lab]=={release.version}\n"
    )
