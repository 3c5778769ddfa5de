"""Make the README's picture: notebook 01 in JupyterLab, run, with EdgeLab in view. ``python assets/screenshot.py``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cnnlab import workspace  # noqa: E402
from tests.browser.lab import browser, jupyterlab, open_notebook, run_all  # noqa: E402

NOTEBOOK = "01_edge_detection.ipynb"
PICTURE = ROOT / "assets" / "edgelab.png"


def main() -> None:
    """Open the notebook as a learner finds it, run it, photograph the EdgeLab with the photograph."""
    with tempfile.TemporaryDirectory() as folder:
        workspace.lay_out(Path(folder), workspace.edition())
        with jupyterlab(Path(folder), whole=True) as url, browser() as chromium:
            view = {"viewport": {"width": 1280, "height": 1010}, "device_scale_factor": 1.5}
            page = open_notebook(chromium, url, NOTEBOOK, **view)
            run_all(page)
            widget = page.locator(".cnnlab-lab").nth(2)
            widget.evaluate("element => element.scrollIntoView({ block: 'center' })")
            response = widget.locator("svg image").nth(1).bounding_box()
            # A pillar's edge.
            page.mouse.move(response["x"] + 0.4585 * response["width"], response["y"] + 0.36 * response["height"])
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)} written.")


if __name__ == "__main__":
    main()
