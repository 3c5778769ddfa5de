"""Progress: tqdm's bar, plain lines without tqdm, silence when asked."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from tests.train.test_fit import net, run


def test_a_bar_with_tqdm(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    run(net(), epochs=2, progress=True)
    told = capsys.readouterr()
    assert "18/18" in told.err
    assert "epoch 2: loss " in told.out


def test_lines_without_tqdm(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    history = run(net(), epochs=2, progress=True)
    assert capsys.readouterr().out.splitlines() == [str(epoch) for epoch in history.epochs]


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    run(net(), epochs=1, progress=False)
    assert capsys.readouterr() == ("", "")
