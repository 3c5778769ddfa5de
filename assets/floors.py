"""Draw docs/floors.svg from the import contract in pyproject.toml. ``python assets/floors.py``."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "floors.svg"
WIDTH, ROW, GAP = 720, 44, 8

STYLE = """
  .ground { fill: #ffffff } .floor { fill: #e8eef7; stroke: #3b5f94 } text { fill: #1b1b1b }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1b1d21 } .floor { fill: #26344a; stroke: #8fb0e0 } text { fill: #f0f0f0 } }
  text { font: 15px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central }
"""


def floors() -> list[list[str]]:
    """Return the modules of each floor, top floor first, as import-linter is told them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return [[module.strip() for module in layer.split("|")] for layer in settings["contracts"][0]["layers"]]


def draw(rows: list[list[str]]) -> str:
    """Return the picture: a row of boxes per floor; modules side by side do not import one another."""
    height = len(rows) * (ROW + GAP) + GAP
    told = "; ".join(" beside ".join(row) for row in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>The floors of cnnlab, top first: {told}. Each imports only from those below.</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
    ]
    for i, row in enumerate(rows):
        y = GAP + i * (ROW + GAP)
        width = (WIDTH - GAP) / len(row) - GAP
        for j, module in enumerate(row):
            x = GAP + j * (width + GAP)
            lines.append(f'<rect class="floor" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW}" rx="4"/>')
            lines.append(f'<text x="{x + width / 2:.1f}" y="{y + ROW / 2:.1f}">{module}</text>')
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(draw(floors()), encoding="utf-8", newline="\n")
    print(f"{PICTURE.relative_to(ROOT)} written.")
