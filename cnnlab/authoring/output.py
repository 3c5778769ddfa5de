"""Outputs that are the same on every run: no times, no random ids, no versions."""

from __future__ import annotations

import base64
import struct
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from cnnlab.authoring.source import IGNORE_OUTPUT

__all__ = ["WIDGET", "is_empty", "normalise", "plain_png"]

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "A picture from another machine. Run this cell to make your own."
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What a PNG says about its making, and nothing about its pixels: PNG specification, section 11.3.
PNG_REMARKS = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"}


def normalise(node: NotebookNode) -> None:
    """Make the outputs of a notebook that has run independent of when and where it ran."""
    node.metadata.pop("widgets", None)
    count = 0
    for cell in node.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        if IGNORE_OUTPUT in cell.metadata.get("tags", []):
            cell.outputs = _pictures(cell.outputs)
        outputs: list[Any] = []
        for output in cell.outputs:
            if output.output_type == "stream" and outputs and outputs[-1].get("name") == output.name:
                outputs[-1].text += output.text  # where a stream is cut into pieces is chance
                continue
            if output.output_type == "execute_result":
                output.execution_count = count
            data = output.get("data", {})
            data.pop(WIDGET, None)  # the model's id is random; the other forms in the bundle remain
            if "image/png" in data:
                data["image/png"] = plain_png(data["image/png"])
            outputs.append(output)
        cell.outputs = outputs


def _pictures(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Keep the pictures of outputs that differ between machines: a saved notebook shows them, nobody compares them."""
    found = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [new_output("display_data", {"image/png": png, "text/plain": PICTURE}) for png in found]


def is_empty(output: NotebookNode) -> bool:
    """Tell whether nothing of an output can be read or seen without its kernel."""
    return not any(str(value).strip() for kind, value in output.get("data", {}).items() if kind != WIDGET)


def plain_png(encoded: str) -> str:
    r"""Take times and versions out of a PNG given in base64; the pixels stay.

    Examples
    --------
    >>> remark = b"\x00\x00\x00\x02tEXthi" + b"\x00" * 4
    >>> base64.b64decode(plain_png(base64.b64encode(PNG_SIGNATURE + remark).decode())) == PNG_SIGNATURE
    True
    """
    picture = base64.b64decode(encoded)
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position < len(picture):
        length, kind = struct.unpack(">I4s", picture[position : position + 8])
        end = position + 12 + length  # length, kind and checksum take 4 bytes each
        if kind not in PNG_REMARKS:
            kept.append(picture[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode("ascii")
