r"""Formulas as drawings: no browser reads TeX by itself, and a page without network has nobody to ask.

Matplotlib draws what its *mathtext* knows, as a path that takes the colour of the text. What it does not know stays
readable as TeX.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

__all__ = ["formula"]

EM = 100  # units of a path of mathtext per em
FINE = 0.6  # of our units: fine enough for whole numbers, which are short
SPELLINGS = {r"\tfrac": r"\frac", r"\lt": "<", r"\gt": ">", r"\le": r"\leq", r"\ge": r"\geq"}
SPELLINGS |= dict.fromkeys((r"\displaystyle", r"\big", r"\Big", r"\mathrel"), "")
SPELLINGS |= {r"\bmod": r"\;\mathrm{mod}\;"}
BLOCK = {**SPELLINGS, r"\frac": r"\dfrac"}  # a formula of its own has room for large fractions
# Matplotlib's codes of a path: SVG's letter, and how many points it takes.
COMMANDS = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3), 79: ("Z", 1)}
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_ROWS = re.compile(r"\\begin\{(aligned|align\*?|gather\*?|split)\}(.*?)\\end\{\1\}", re.DOTALL)


def formula(tex: str, *, block: bool = False) -> str:
    r"""Draw a formula as inline SVG, named by its TeX; an aligned one row by row.

    Examples
    --------
    >>> formula(r"n^2")[:63]
    '<svg class="formula" role="img" aria-label="n^2" viewBox="0 0 5'
    >>> formula(r"\nonsense{")
    '<code class="formula">\\nonsense{</code>'
    """
    found = _ROWS.search(tex)
    rows = found[2].replace("&", "").split(r"\\") if found else [tex]
    try:
        drawn = "<br>".join(
            _drawing(" ".join(row.split()), BLOCK if block else SPELLINGS) for row in rows if row.strip()
        )
    except ValueError:  # mathtext's word for what it does not know
        drawn = f'<code class="formula">{escape(tex.strip())}</code>'
    return f'<div class="formula-block" tabindex="0">{drawn}</div>' if block else drawn


def _drawing(tex: str, spellings: Mapping[str, str]) -> str:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    spelt = "$" + _COMMAND.sub(lambda match: spellings.get(match[0], match[0]), tex) + "$"
    font = FontProperties(size=EM, math_fontfamily="stix")  # type: ignore[arg-type, unused-ignore]
    width, height, depth = text_to_path.get_text_width_height_descent(spelt, font, ismath=True)
    points, codes = text_to_path.get_text_path(font, spelt, ismath=True)  # (x, y) from the baseline up
    path, place = "", 0
    while place < len(codes):
        letter, count = COMMANDS[int(codes[place])]
        held = " ".join(f"{FINE * x:.0f} {FINE * (height - depth - y):.0f}" for x, y in points[place : place + count])
        path += "Z" if letter == "Z" else letter + held
        place += count
    style = f"width:{width / EM:.2f}em;vertical-align:{-depth / EM:.2f}em"
    box = f"0 0 {FINE * width:.0f} {FINE * height:.0f}"
    return (
        f'<svg class="formula" role="img" aria-label="{escape(tex)}" viewBox="{box}" style="{style}">'
        f'<path fill="currentColor" d="{path}"/></svg>'
    )
