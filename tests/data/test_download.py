"""Downloads, from a server of our own: whole, retried, damaged, and no server at all."""

from __future__ import annotations

import builtins
import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import DataError, download
from tests.data.test_readers import idx

pytest.importorskip("pooch", reason="downloads need pooch")

FILES = {
    f"{part}-{kind}-ubyte.gz": gzip.compress(idx(np.zeros(shape, np.uint8)), mtime=0)
    for part in ("train", "t10k")
    for kind, shape in (("images-idx3", (20, 28, 28)), ("labels-idx1", (20,)))
}


class Handler(BaseHTTPRequestHandler):
    """Serves FILES; `wrong` says in what way, for how many requests."""

    wrong: list[str] = []  # noqa: RUF012
    served: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.served.append(name)
        fault = self.wrong.pop(0) if self.wrong else ""
        if fault == "missing":
            self.send_error(404)
            return
        content = FILES[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write({"cut": content[:-5], "changed": b"?" * len(content)}.get(fault, content))

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Handler]]:
    Handler.wrong, Handler.served = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    source = download.Source(f"http://127.0.0.1:{server.server_address[1]}/", sums, 1)
    monkeypatch.setitem(download.SOURCES, "mnist", source)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between two attempts
    yield Handler
    server.shutdown()
    server.server_close()


def test_once_and_not_again(handler: type[Handler], tmp_path: Path) -> None:
    train = data.mnist(tmp_path, download=True)
    assert len(train) == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert len(handler.served) == 4
    data.mnist(tmp_path, "test", download=True)
    assert len(handler.served) == 4


def test_a_progress_bar(handler: type[Handler], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    data.fetch("mnist", tmp_path)
    assert "100%" in capsys.readouterr().err
    data.fetch("mnist", tmp_path / "again", progress=False)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("fault", ["cut", "changed", "missing"])
def test_a_broken_transfer_is_tried_again(handler: type[Handler], tmp_path: Path, fault: str) -> None:
    handler.wrong = [fault] * download.RETRIES
    assert data.fetch("mnist", tmp_path) == tmp_path
    assert len(handler.served) == 4 + download.RETRIES
    assert len(data.mnist(tmp_path)) == 20


def test_a_damaged_file_is_replaced(handler: type[Handler], tmp_path: Path) -> None:
    data.fetch("mnist", tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"half a file")
    with pytest.raises(DataError, match=r"begins with"):
        data.mnist(tmp_path)
    assert len(data.mnist(tmp_path, download=True)) == 20


def test_another_checksum_every_time(handler: type[Handler], tmp_path: Path) -> None:
    handler.wrong = ["changed"] * 99
    with pytest.raises(DataError, match=r"another SHA-256 checksum, wanted [0-9a-f]{64}. Try again later"):
        data.fetch("mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []
    handler.wrong = []  # later
    data.fetch("mnist", tmp_path)


@pytest.mark.parametrize("fault", ["cut", "missing"])
def test_it_breaks_off_every_time(handler: type[Handler], tmp_path: Path, fault: str) -> None:
    handler.wrong = [fault] * 99
    with pytest.raises((ConnectionError, DataError), match=r"train-images-idx3-ubyte.gz: got"):
        data.fetch("mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_offline(handler: type[Handler], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = download.Source("http://127.0.0.1:9/", download.SOURCES["mnist"].files, 12)
    monkeypatch.setitem(download.SOURCES, "fashion_mnist", nobody)
    with pytest.raises(
        ConnectionError, match=r"wanted about 12 MB .* Connect to the internet .* data.shapes\(\) need no network"
    ):
        data.fetch("fashion_mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []
    for name, content in FILES.items():  # the other remedy: copy the files there
        (tmp_path / name).write_bytes(content)
    assert len(data.fashion_mnist(tmp_path)) == 20


def test_a_folder_that_cannot_be_written(handler: type[Handler], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match=r"folder: got .*file, which cannot be written .* pass another folder"):
        data.fetch("mnist", tmp_path / "file")
    data.fetch("mnist", tmp_path / "folder")


def test_without_pooch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name in ("pooch", "h5py"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"needs pooch, .* pip install 'cnnlab\[data\]'"):
        data.fetch("mnist", tmp_path)
    (tmp_path / "train_signs.h5").write_bytes(b"")
    with pytest.raises(ImportError, match=r"need h5py, .* pip install 'cnnlab\[data\]'"):
        data.signs(tmp_path)


def test_there_is_nothing_of_that_name() -> None:
    with pytest.raises(ValueError, match=r"name: got 'signs', wanted one of mnist, fashion_mnist, cifar10"):
        data.fetch("signs")
