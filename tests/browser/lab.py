"""A real JupyterLab and a real browser, for the tests, the benchmark and the screenshots.

``with jupyterlab(folder) as url, browser() as chromium: page = open_notebook(chromium, url, "name.ipynb")``
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000  # ms a test waits for what surely comes; CI machines are slow
QUIET_FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

# No question about news, no saving in between: what a test sees is the notebook.
_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


@contextlib.contextmanager
def jupyterlab(folder: Path, *, whole: bool = False) -> Iterator[str]:
    """Serve a folder with settings of its own, on a free port; yield the address with its token.

    Nothing of the user's Jupyter is read or written: all its directories lie in ``folder/.jupyter``. `whole` puts every
    cell of a notebook into the page, not only those in sight.
    """
    home = folder / ".jupyter"
    windowing = {"notebook-extension/tracker": {"windowingMode": "none"}} if whole else {}
    for name, setting in {**_SETTINGS, **windowing}.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(setting))
    page = home / "config" / "labconfig" / "page_config.json"  # instructors' tools, if installed, are not the course
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps({"disabledExtensions": {"@jupyter/nbgrader": True}}))
    port, token = _free_port(), secrets.token_hex(8)
    environment = {
        **os.environ,
        **{f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        **{f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")},
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--port-retries=0"]
    options = ["--expose-app-in-browser", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    log = (folder / "jupyterlab.log").open("w")
    server = subprocess.Popen(
        [*command, *options], env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=os.name != "nt"
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={token}", server)
        yield f"{address}/lab?token={token}"
    finally:
        if os.name == "nt":
            server.terminate()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)  # the server and its kernels: a session of our own making
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        server.kill()
        log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start; see jupyterlab.log in its folder.")


def chromium_path() -> str | None:
    """Find an installed browser: the environment variable CHROMIUM, else the usual names; None: Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Start headless Chromium; raise RuntimeError with a remedy if there is none."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        try:
            started = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET_FLAGS, *sandbox])
        except Error as error:
            raise RuntimeError(
                "No browser was found. Install chromium, or run: python -m playwright install chromium"
            ) from error
        yield started
        started.close()


def write_notebook(folder: Path, name: str, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / name)


def open_notebook(chromium: Any, url: str, name: str, *, dark: bool = False, **context: Any) -> Any:
    """Open a notebook in a fresh browser profile and wait until its kernel is idle."""
    context.setdefault("viewport", {"width": 1280, "height": 2200})  # JupyterLab draws only cells in sight
    page = chromium.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE)
    base, token = url.split("/lab?")
    # In a workspace of its own, so that no tab of another test opens with it; the simple mode has no side bars.
    page.goto(f"{base}/doc/workspaces/{secrets.token_hex(4)}/tree/{name}?{token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    # The toolbar says idle before there is a kernel; a cell run then opens the dialog that asks for one.
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    page.evaluate(_NOTE_UNANSWERED)
    if dark:
        set_theme(page, "JupyterLab Dark")
    return page


# Requests to the kernel that it has not done with: for each it says "idle" at the end, after all that it had to send.
# That one counts when the page has dealt with it, and so with all before it; anyMessage tells when it has arrived.
_NOTE_UNANSWERED = """() => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const unanswered = window.unanswered = new Set();
    kernel.anyMessage.connect((_, { msg, direction }) => {
        if (direction === 'send' && msg.channel === 'shell') unanswered.add(msg.header.msg_id);
    });
    kernel.iopubMessage.connect((_, { content, parent_header }) => {
        if (content.execution_state === 'idle') unanswered.delete(parent_header.msg_id);
    });
    kernel.statusChanged.connect((_, status) => { if (status.includes('restarting')) unanswered.clear(); });
}"""


def settle(page: Any) -> None:
    """Wait until the kernel has answered all that was asked so far, and the page shows the answers."""
    for _ in range(2):  # an answer may let out what a control had held back
        page.wait_for_function("() => window.unanswered.size === 0")
        _two_frames(page)


def box(locator: Any) -> dict[str, float]:
    """Where an element lies, once it lies still: a figure that is drawn anew is not in the page for a moment."""
    settle(locator.page)
    end, before = time.monotonic() + PATIENCE / 1000, None
    while time.monotonic() < end:
        now: dict[str, float] | None = locator.bounding_box()
        if now and now == before:
            return now
        before = now
        _two_frames(locator.page)
    raise RuntimeError(f"{locator} did not come to rest.")


def _two_frames(page: Any) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextlib.contextmanager
def explorer_page(chromium: Any, url: str, name: str) -> Iterator[Any]:
    """Open and run a notebook of one widget: a page for all tests that begin with `reset`."""
    page = open_notebook(chromium, url, name)
    run_all(page)
    page.wait_for_selector(".cnnlab-lab .noUi-handle[aria-label=Step]")
    yield page
    page.context.close()


@contextlib.contextmanager
def offline(chromium: Any, *own: str) -> Iterator[Any]:
    """Yield what opens a file without network; at the end make sure that nobody else was asked and nothing complained.

    `own` are the beginnings of addresses that a page may ask for.
    """
    asked: list[str] = []
    complaints: list[str] = []
    contexts = []

    def go(path: Path, **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 1600}, **options})
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(own)] == []
    assert complaints == []


def reset(page: Any) -> None:
    """Bring the first widget back to how it began."""
    page.mouse.move(5, 5)
    settle(page)  # a step still on its way would come after Reset
    page.get_by_role("button", name="Reset").click()
    page.keyboard.press("Escape")  # releases what an earlier test pinned
    settle(page)


def expect(page: Any, text: str, nth: int = 0) -> None:
    """Wait until a widget's sentence holds a text."""
    page.wait_for_function(
        "([text, n]) => document.querySelectorAll('.cnnlab-sentence')[n]?.textContent.includes(text)", arg=[text, nth]
    )


def expect_formula(page: Any, text: str) -> None:
    """Wait until the first widget's formula is a text."""
    page.wait_for_function("text => document.querySelector('[data-sentence=formula]')?.textContent === text", arg=text)


def cell_in(area: Any, row: int, column: int, size: tuple[int, int]) -> tuple[float, float]:
    """Say where a cell of an area of (rows, columns) lies on the page."""
    found = box(area)
    return (
        found["x"] + found["width"] * (column + 0.5) / size[1],
        found["y"] + found["height"] * (row + 0.5) / size[0],
    )


def misfits(page: Any) -> list[str]:
    """Find what sticks out of a widget on the right, and words in pictures that are shown smaller than 13 pixels."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.cnnlab-lab')].flatMap((root) => {
            const edge = root.getBoundingClientRect().right + 1;
            const spilt = (node) => node.checkVisibility() && node.getBoundingClientRect().right > edge;
            const size = (node) => node.getScreenCTM().a * parseFloat(getComputedStyle(node).fontSize);
            const boxes = '.cnnlab-scroll, select, button, p, figure, progress, input:not([type=file])';
            return [
                ...[...root.querySelectorAll(boxes)].filter(spilt),
                ...[...root.querySelectorAll('svg text')].filter((node) => node.textContent && size(node) < 12.99),
            ].map((node) => node.outerHTML.slice(0, 120));
        })"""
    )
    return found


def blemishes(page: Any) -> list[Any]:
    """Find what axe and `misfits` find, in both themes and on a narrow and a wide page; the page ends as it began."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[Any] = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        set_theme(page, theme)
        settle(page)
        for fault in Axe().run(page, context=".cnnlab-lab").response["violations"]:
            found.append((theme, fault["id"], [node["html"][:200] for node in fault["nodes"]]))
    before = page.viewport_size
    for width in (360, 3840):
        page.set_viewport_size({"width": width, "height": before["height"]})
        settle(page)
        found += [(width, misfit) for misfit in misfits(page)]
    page.set_viewport_size(before)
    return found


def set_theme(page: Any, theme: str) -> None:
    """Switch JupyterLab's theme, as its menu does."""
    page.evaluate("theme => void window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.wait_for_selector(f"body[data-jp-theme-light={'false' if 'Dark' in theme else 'true'}]", state="attached")


def run_all(page: Any) -> None:
    """Run every cell and wait for the last to end."""
    from playwright.sync_api import TimeoutError

    before = page.evaluate(f"() => Math.max(0, ...{_COUNTS}.filter(Number))")
    for patience in (PATIENCE / 4, PATIENCE):
        # Not awaited in the page: a question that JupyterLab asks meanwhile would hold it up for ever.
        page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        with contextlib.suppress(TimeoutError):
            page.wait_for_function(
                f"before => {_COUNTS}.every((count) => count > before)", arg=before, timeout=patience
            )
            return
        # JupyterLab may have exchanged the kernel it first connected to: then what was sent is lost, and sent again.
    raise RuntimeError("The notebook did not run to its end.")


# Execution counts of the code cells, read from the notebook itself: JupyterLab draws only those in sight.
_COUNTS = """Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
    .filter((cell) => cell.type === "code" && cell.sharedModel.getSource().trim())
    .map((cell) => cell.executionCount)"""
