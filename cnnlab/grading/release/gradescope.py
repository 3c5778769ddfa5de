"""What Gradescope takes: ``autograder.zip`` to upload. In its containers :mod:`~cnnlab.grading.release.autograde` runs.

Its format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from cnnlab.grading.model import RELEASE, Release
from cnnlab.grading.release.sheet import Node

__all__ = ["files"]

EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in the zip, for the same bytes each time

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image that all submissions are graded in.
set -e
apt-get update
apt-get install -y bubblewrap python3 python3-venv
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  apt-get install -y python3.11 python3.11-venv
  python=python3.11
fi
$python -m venv /autograder/env
# A wheel of cnnlab that you add to this zip is taken; without one, the version of the release from the package index.
wheel=$(ls /autograder/source/*.whl 2>/dev/null | head -n 1)
/autograder/env/bin/python -m pip install "${{wheel:-cnnlab=={version}}}"
"""

RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission, in a container of its own that is thrown away afterwards. Inside it, the
# learner's code runs in the sandbox of cnnlab grade: bubblewrap, or Landlock where the container does not allow that.
# Where it allows neither, the container is the only sandbox, and the grading goes on as with --trust.
cd /autograder
exec /autograder/env/bin/python -I -m cnnlab.grading.release.autograde
"""


def files(release: Release, nodes: Mapping[str, Node]) -> dict[str, bytes]:
    """Return the zip: the two scripts that Gradescope calls, and the release."""
    members = {"setup.sh": SETUP.format(version=release.version), "run_autograder": RUN, RELEASE: release.to_json()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3  # Unix, so that the next line counts
            info.external_attr = (0o644 if name == RELEASE else 0o755) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return {"autograder.zip": packed.getvalue()}
