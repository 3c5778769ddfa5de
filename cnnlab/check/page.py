"""Reports, hints and the course map as HTML that suits JupyterLab's light and dark themes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from cnnlab.check.block import Block, Exhibit, Say, Trace
from cnnlab.check.figure import Figure

__all__ = ["SIGNS", "STYLE", "code_spans", "report"]

SIGNS = {"pass": "✓", "fail": "✗", "todo": "○"}

# Every rule starts with a class of ours, for a style sheet in an output reaches the whole page. Text and lines take
# JupyterLab's colours; the three of a state are dark on light and light on dark, at least 4.5 to 1.
STYLE = """<style>
.cnnlab-card { --cnnlab-pass: #1b6e34; --cnnlab-fail: #a8281e; --cnnlab-todo: #5c5c5c;
  --cnnlab-line: var(--jp-border-color2, #c8c8c8); --cnnlab-tint: var(--jp-layout-color2, #f2f2f2);
  color: var(--jp-content-font-color1, inherit); font-family: var(--jp-content-font-family, system-ui, sans-serif);
  font-size: 14px; line-height: 1.5; max-width: 48em; }
body[data-jp-theme-light="false"] .cnnlab-card, .vscode-dark .cnnlab-card { --cnnlab-pass: #7ed69a;
  --cnnlab-fail: #ff9d92; --cnnlab-todo: #c0c0c0; }
.cnnlab-card.cnnlab-report { border-left: 4px solid var(--cnnlab-state); padding: 2px 0 2px 14px; margin: 6px 0; }
.cnnlab-card.cnnlab-pass { --cnnlab-state: var(--cnnlab-pass); }
.cnnlab-card.cnnlab-fail { --cnnlab-state: var(--cnnlab-fail); }
.cnnlab-card.cnnlab-todo { --cnnlab-state: var(--cnnlab-todo); }
.cnnlab-card p { margin: 0 0 8px; }
.cnnlab-card p.cnnlab-head { margin: 0 0 6px; }
.cnnlab-card .cnnlab-word { color: var(--cnnlab-state); font-weight: 600; }
.cnnlab-card p.cnnlab-lead { font-size: 16px; }
.cnnlab-card p.cnnlab-look { border-top: 1px solid var(--cnnlab-line); margin-top: 12px; padding-top: 8px; }
.cnnlab-card p.cnnlab-note { font-size: 13px; }
.cnnlab-card code { font-family: var(--jp-code-font-family, monospace); font-size: 13px; padding: 0 3px;
  background: var(--cnnlab-tint); color: inherit; border-radius: 2px; }
.cnnlab-card pre { font-family: var(--jp-code-font-family, monospace); font-size: 13px; line-height: 1.4;
  margin: 0 0 10px; padding: 8px 10px; background: var(--cnnlab-tint); color: inherit; overflow-x: auto; }
.cnnlab-card .cnnlab-exhibit { display: flex; flex-wrap: wrap; gap: 12px 28px; align-items: flex-start;
  margin: 4px 0 12px; }
.cnnlab-card table.cnnlab-numbers { border-collapse: collapse; margin: 0; font-size: 13px; table-layout: auto; }
.cnnlab-card figure.cnnlab-figure { margin: 0; }
.cnnlab-card figure.cnnlab-figure figcaption { text-align: left; padding: 0 0 3px; font-size: 13px; margin: 0;
  color: var(--jp-content-font-color1, inherit); }
.cnnlab-card table.cnnlab-numbers td { font-variant-numeric: tabular-nums; text-align: right; padding: 2px 7px;
  font-family: var(--jp-code-font-family, monospace); border: 1px solid var(--cnnlab-line); background: transparent;
  min-width: 1.4em; max-width: none; }
.cnnlab-card table.cnnlab-numbers tr, .cnnlab-card table.cnnlab-map tr { background: transparent; }
.cnnlab-card table.cnnlab-dense td { border: 0; padding: 0 2px; line-height: 1.1; min-width: 0.7em;
  text-align: center; }
.cnnlab-card table.cnnlab-numbers td.cnnlab-wrong { color: var(--cnnlab-fail); font-weight: 700;
  outline: 2px solid var(--cnnlab-fail); outline-offset: -2px; }
.cnnlab-card table.cnnlab-map { border-collapse: collapse; margin: 0 0 10px; font-size: 14px; }
.cnnlab-card table.cnnlab-map th, .cnnlab-card table.cnnlab-map td { text-align: left; padding: 3px 14px 3px 0;
  border: 0; border-bottom: 1px solid var(--cnnlab-line); background: transparent; max-width: none; }
.cnnlab-card table.cnnlab-map td.cnnlab-number, .cnnlab-card table.cnnlab-map th.cnnlab-number { text-align: right;
  font-variant-numeric: tabular-nums; }
.cnnlab-card table.cnnlab-map caption { text-align: left; font-weight: 600; padding: 8px 0 3px; caption-side: top;
  color: var(--jp-content-font-color1, inherit); }
.cnnlab-card .cnnlab-passed { color: var(--cnnlab-pass); }
.cnnlab-card .cnnlab-tried { color: var(--cnnlab-fail); }
.cnnlab-card details { margin: 0 0 8px; }
.cnnlab-card summary { cursor: pointer; }
.cnnlab-card .cnnlab-hint { border-left: 3px solid var(--cnnlab-line); padding-left: 10px; margin: 6px 0; }
</style>"""


def code_spans(text: str) -> str:
    """Escape a text for HTML; what stands in backticks becomes code.

    Examples
    --------
    >>> code_spans("if `a < b` & c")
    'if <code>a &lt; b</code> &amp; c'
    """
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def report(exercise: str, state: str, word: str, blocks: Iterable[Block]) -> str:
    """Write a report as one HTML fragment."""
    name = html.escape(exercise)
    head = (
        f'<p class="cnnlab-head"><span class="cnnlab-word"><span aria-hidden="true">{SIGNS[state]}</span> '
        f"{word[0].upper()}{word[1:]}</span> · <code>{name}</code></p>"
    )
    body = "\n".join(_block(block) for block in blocks)
    label = f'role="group" aria-label="Check of {name}: {word}"'
    return f'{STYLE}\n<div class="cnnlab-card cnnlab-report cnnlab-{state}" {label}>\n{head}\n{body}\n</div>'


def _minus(text: str) -> str:
    """Write negative numbers with a true minus sign; code between backticks stays as it is."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"(?<![\w.])-(?=\d)", "−", part) for part in parts[::2]]
    return "`".join(parts)


def _block(block: Block) -> str:
    if isinstance(block, Say):
        attribute = f' class="cnnlab-{block.kind}"' if block.kind else ""
        return f"<p{attribute}>{code_spans(_minus(block.text))}</p>"
    if isinstance(block, Exhibit):
        return '<div class="cnnlab-exhibit">' + "".join(map(_figure, block.figures)) + "</div>"
    if isinstance(block, Trace):
        return f'<pre tabindex="0">{html.escape(block.text.rstrip())}</pre>'
    text = html.escape(block.text.rstrip())
    return f'<details><summary>{html.escape(block.summary)}</summary><pre tabindex="0">{text}</pre></details>'


def _figure(figure: Figure) -> str:
    if not figure.cells:
        return f"<p>{html.escape(_minus(figure.caption))}</p>"
    rows = []
    for r, row in enumerate(figure.cells):
        cells = []
        for c, cell in enumerate(row):
            text = html.escape(_minus(cell))
            if (r, c) in figure.wrong:
                cells.append(f'<td class="cnnlab-wrong">{text}<span role="img" aria-label="not right">✗</span></td>')
            else:
                cells.append(f"<td>{text}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    dense = " cnnlab-dense" if figure.dense else ""
    caption = html.escape(_minus(figure.caption))
    table = f'<table class="cnnlab-numbers{dense}" aria-label="{caption}">{"".join(rows)}</table>'
    return f'<figure class="cnnlab-figure"><figcaption>{caption}</figcaption>{table}</figure>'
