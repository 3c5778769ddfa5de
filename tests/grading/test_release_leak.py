"""Planted leaks are found wherever they are, and nothing else is called one."""

from __future__ import annotations

import base64
import html
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from cnnlab import workspace
from cnnlab.grading.model import GradingError
from cnnlab.grading.release import make
from cnnlab.grading.release.leak import leaks
from cnnlab.grading.release.sheet import part, source, with_source
from cnnlab.grading.release.solutions import known

NAME = "02_padding_and_stride"
LINE = "padded[:, pad : pad + H, pad : pad + W, :] = X"  # of zero_pad in the sources
OTHER = "out[:, pad : pad + H, pad : pad + W, :] = X"  # of zero_pad among the right solutions of the package


def notebook():
    return json.loads(make(["02"]).files[f"notebooks/{NAME}.ipynb"])


def first(node, *, role="", kind="code"):
    return next(c for c in node["cells"] if c["cell_type"] == kind and part(c)[0] == role)


def add_line(cell, line):
    with_source(cell, f"{source(cell)}\n{line}")


def show(cell, mime, text):
    data = {mime: text.splitlines(keepends=True)}
    cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]


def coloured(line):
    return "".join(f'<span class="n">{html.escape(word)}</span> ' for word in line.split(" "))


PLANTS = {
    "a code cell": (lambda n, line: add_line(first(n), line), "source"),
    "the exercise's own cell": (lambda n, line: add_line(first(n, role="exercise"), f"    {line}"), "source"),
    "a check cell": (lambda n, line: add_line(first(n, role="check"), f"# {line}"), "source"),
    "a text": (lambda n, line: add_line(first(n, kind="markdown"), f"Write `{line}` here."), "source"),
    "a text in HTML": (lambda n, line: add_line(first(n, kind="markdown"), f"<pre>{coloured(line)}</pre>"), "source"),
    "other spaces": (lambda n, line: add_line(first(n), line.replace(" ", "\u00a0\t")), "source"),
    "no spaces": (lambda n, line: add_line(first(n), line.replace(" ", "")), "source"),
    "spaces of no width": (lambda n, line: add_line(first(n), "\u200b".join(line)), "source"),
    "letters of full width": (
        lambda n, line: add_line(first(n), "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in line)),
        "source",
    ),
    "a printed output": (
        lambda n, line: first(n).update(outputs=[{"output_type": "stream", "name": "stdout", "text": [line]}]),
        "outputs",
    ),
    "an output in the terminal's colours": (
        lambda n, line: show(first(n), "text/plain", "\x1b[31m" + line.replace(" ", "\x1b[0m \x1b[32m")),
        "outputs",
    ),
    "an output coloured in HTML": (lambda n, line: show(first(n), "text/html", coloured(line)), "outputs"),
    "an attribute in HTML": (lambda n, line: show(first(n), "text/html", f'<i title="{line}">?</i>'), "outputs"),
    "a picture's words": (lambda n, line: show(first(n), "image/svg+xml", f"<text>{line}</text>"), "outputs"),
    "a text inside a text": (lambda n, line: show(first(n), "text/plain", json.dumps({"code": line})), "outputs"),
    "metadata of a cell": (lambda n, line: first(n)["metadata"].update(note={"old": [line]}), "metadata"),
    "a key in metadata": (lambda n, line: first(n)["metadata"].update({line: 1}), "metadata"),
    "metadata of the notebook": (lambda n, line: n["metadata"].update(solution=line), "metadata"),
    "an attachment": (
        lambda n, line: first(n, kind="markdown").update(
            attachments={"a.txt": {"text/plain": base64.b64encode(f"x = 1\n{line}\n".encode()).decode()}}
        ),
        "attachments",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("line", [LINE, OTHER])
def test_a_planted_line_is_found(plant, line):
    node = notebook()
    PLANTS[plant][0](node, line)
    (found,) = leaks({f"notebooks/{NAME}.ipynb": json.dumps(node).encode()})
    assert found.startswith(f"notebooks/{NAME}.ipynb, ")
    assert PLANTS[plant][1] in found
    assert "this is a line of a solution: " in found


def test_a_leak_names_file_cell_and_line_and_stops_the_release(monkeypatch):
    node = notebook()
    cell = first(node, role="check")
    add_line(cell, LINE)
    add_line(first(node, kind="markdown"), "Then `m, H, W, C = X.shape` and ### begin  solution")
    edition = {**workspace.edition(), f"{NAME}.ipynb": json.dumps(node).encode()}
    monkeypatch.setattr(workspace, "edition", lambda: edition)
    with pytest.raises(GradingError) as caught:
        make(["02"])
    told = str(caught.value).split("\n")
    assert len(told) == 4
    assert told[0].startswith(f"notebooks/{NAME}.ipynb, cell 1 ({node['cells'][0]['id']}), source: a marker that ")
    number = node["cells"].index(cell) + 1
    place = f"notebooks/{NAME}.ipynb, cell {number} (check_zero_pad), source"
    assert told[1] == f"{place}: this is a line of a solution: {LINE!r}."
    assert told[2].startswith("release.json: ")  # it has the code that everybody was given
    assert told[3].startswith("Nothing was written. ")


def test_a_short_line_is_found_where_it_stands_alone():
    node = notebook()
    add_line(first(node, kind="markdown"), "\n    return (f-1)  // 2\n")
    add_line(first(node), "# return (f - 1) // 2, or so")
    show(first(node), "text/plain", "one\nreturn (f - 1) // 2")
    found = leaks({"n.ipynb": json.dumps(node).encode()})
    assert [line.split(", ")[1:] for line in found] == [
        [f"cell 1 ({node['cells'][0]['id']})", "source: this is a line of a solution: 'return (f-1)  // 2'."],
        [f"cell 2 ({node['cells'][1]['id']})", "outputs: this is a line of a solution: 'return (f - 1) // 2'."],
    ]


def test_an_exercise_that_is_written_already_is_told():
    node = notebook()
    cell = next(c for c in node["cells"] if part(c) == ("exercise", "same_padding"))
    stub = source(cell)
    with_source(cell, stub[: stub.index("    # TODO")] + "    return (f - 1) // 2")
    found = leaks({f"notebooks/{NAME}.ipynb": json.dumps(node).encode()})
    assert any("same_padding is written already" in line for line in found)
    assert any("'return (f - 1) // 2'" in line for line in found)
    with_source(cell, stub[: stub.index("    # TODO")] + "    return 0")
    (found,) = leaks({f"notebooks/{NAME}.ipynb": json.dumps(node).encode()})
    assert "same_padding is written already" in found


@pytest.mark.parametrize("marker", ["# BEGIN SOLUTION", "### END SOLUTION", "### BEGIN HIDDEN TESTS"])
def test_markers_are_found(marker):
    node = notebook()
    add_line(first(node), marker)
    (found,) = leaks({f"notebooks/{NAME}.ipynb": json.dumps(node).encode()})
    assert found.endswith(f"a marker that learners must not see: {marker!r}.")


def test_a_marked_region_is_allowed_for_nbgrader_only_around_the_stub():
    made = make(["02"], format="nbgrader")
    path = f"source/{NAME}/{NAME}.ipynb"
    assert b"# BEGIN SOLUTION" in made.files[path]
    assert not leaks({path: made.files[path]})
    assert leaks({f"release/{NAME}/{NAME}.ipynb": made.files[path]})
    written = made.files[path].replace(b'raise NotImplementedError(\\"zero_pad is', b'return X  # (\\"zero_pad is')
    assert written != made.files[path]
    assert any("marker" in line for line in leaks({path: written}))


def test_other_files_and_archives_are_searched():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("notes.txt", f"answer:\n  {LINE}\n")
    assert leaks({"README.md": f"Hint: {LINE}".encode()}) == [
        f"README.md: this is a line of a solution: 'Hint: {LINE}'."
    ]
    (found,) = leaks({"autograder.zip": packed.getvalue()})
    assert found.startswith("autograder.zip/notes.txt: ")
    (found,) = leaks({"release.json": json.dumps({"given": {"x": f"def f():\n    {LINE}"}}).encode()})
    assert found.startswith("release.json: ")


def test_hints_are_not_open_in_a_release_for_the_last_may_say_a_line():
    node = notebook()
    cell = first(node, role="hints")
    assert cell["outputs"] == []
    show(cell, "text/plain", LINE)
    assert leaks({"n.ipynb": json.dumps(node).encode()})


def test_without_the_sources_the_packages_own_solutions_are_known_and_raise_no_false_alarm(monkeypatch):
    alone = known(Path("nowhere"))
    assert not alone.lines
    assert 500 < len(alone.parts) < len(known().parts)
    monkeypatch.setattr("cnnlab.grading.release.leak.known", lambda: alone)
    assert not leaks(workspace.edition())
    node = notebook()
    add_line(first(node), OTHER)
    assert leaks({"n.ipynb": json.dumps(node).encode()})


def test_a_release_made_without_the_sources_says_so(monkeypatch):
    told = []
    make(["00"], report=told.append)
    assert not any("Searched" in line for line in told)
    monkeypatch.setattr(sys.modules["cnnlab.grading.release.make"], "SOURCES", Path("nowhere"))
    make(["00"], report=told.append)
    assert told[-1] == "Searched for those lines of solutions that this installation knows; a checkout knows more."
