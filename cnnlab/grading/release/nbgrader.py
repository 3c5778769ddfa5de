"""What nbgrader takes: in ``source/`` what ``generate_assignment`` reads, in ``release/`` what learners get."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping

from cnnlab.grading.model import Release
from cnnlab.grading.release.sheet import Node, as_bytes, part, source, with_source

__all__ = ["assignment_name", "files"]

# nbgrader clears what stands between its markers, and without any the whole cell, with the `def` line. So the stub
# becomes the solution that it clears.
_STUB = re.compile(r"^( *)(raise NotImplementedError\(.*\))$", re.MULTILINE)
_REGION = r"\1# BEGIN SOLUTION\n\1\2\n\1# END SOLUTION"


def files(release: Release, nodes: Mapping[str, Node]) -> dict[str, bytes]:
    """Return the release as one assignment, as an instructor keeps it and as learners get it."""
    assignment = assignment_name(release)
    made = {}
    for name, node in nodes.items():
        made[f"source/{assignment}/{name}.ipynb"] = as_bytes(_with_regions(node))
        made[f"release/{assignment}/{name}.ipynb"] = as_bytes(node)
    return made


def assignment_name(release: Release) -> str:
    """Call the assignment as its one notebook, or by the release's title. nbgrader allows no plus in it."""
    if len(release.sheets) == 1:
        return release.sheets[0].name
    return re.sub(r"\W+", "_", release.title).strip("_").lower() or "cnnlab"


def _with_regions(node: Node) -> Node:
    node = copy.deepcopy(node)
    for cell in node["cells"]:
        if part(cell)[0] == "exercise" and "nbgrader" in cell["metadata"]:
            with_source(cell, _STUB.sub(_REGION, source(cell)))
    return node
