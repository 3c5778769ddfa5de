"""The better step: bubblewrap makes a root of its own, with what is needed to compute and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cnnlab.grading.model import Limits
from cnnlab.grading.sandbox import settings
from cnnlab.grading.sandbox.contents import HIDDEN, contents, python, worker_files
from cnnlab.grading.sandbox.process import Sandbox, Unavailable, started

__all__ = ["opened"]

WORKER = "/worker"  # its folder inside
NOBODY = "65534"
INSTALL = "Type: sudo apt install bubblewrap (Fedora: sudo dnf install bubblewrap)."
# Ubuntu from 23.10 on lets only programs with a profile make user namespaces.
PROFILE = (
    "Ubuntu keeps programs from making user namespaces. Allow it to bubblewrap; type: sudo apt install "
    "apparmor-profiles && sudo ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && "
    "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"
)
ALLOW = "User namespaces are switched off here. As root, set {} = {} with sysctl; in a container, ask its host."
SWITCHES = {
    "kernel.apparmor_restrict_unprivileged_userns": ("1", PROFILE),
    "kernel.unprivileged_userns_clone": ("0", ALLOW.format("kernel.unprivileged_userns_clone", 1)),
    "user.max_user_namespaces": ("0", ALLOW.format("user.max_user_namespaces", 15000)),
}

NAMESPACES = (
    *("--unshare-all", "--unshare-user", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox"),
    *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
)


def opened(limits: Limits, program: Path | None = None) -> Sandbox:
    """Open a sandbox.

    Raises
    ------
    Unavailable
        If this machine cannot have it.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise Unavailable("bubblewrap is not installed.", INSTALL)
    binds = _binds(worker_files(program))
    given = settings.of(limits)

    def wrap(descriptor: int) -> list[str]:
        return [bwrap, *NAMESPACES, *binds, "--info-fd", str(descriptor), "--"]

    try:
        return started("bubblewrap", python(f"{WORKER}/confine.py"), given, search=contents().search, wrap=wrap)
    except OSError as error:
        raise Unavailable(f"bubblewrap does not start ({error}).", _remedy()) from error


def _binds(files: dict[str, Path]) -> list[str]:
    """Return the words that say what is in the new root; what is not named is not there."""
    parts = contents()
    words = []
    for path in (*parts.stdlib, parts.python, *parts.libraries):
        words += ["--ro-bind", str(path), str(path)]
    for folder in parts.stdlib:
        for hidden in (folder / name for name in HIDDEN):
            if hidden.is_dir():
                words += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    for name, path in {**files, **{path.name: path for path in parts.numpy}}.items():
        words += ["--ro-bind", str(path), f"{WORKER}/{name}"]
    return [*words, "--remount-ro", "/", "--chdir", "/"]


def _remedy() -> str:
    if os.geteuid() != 0:
        for name, (off, remedy) in SWITCHES.items():
            if (switch := _switch(name)).exists() and switch.read_text(encoding="ascii").strip() == off:
                return remedy
    return "Where namespaces are not to be had, as in many containers, the next step, Landlock, serves."


def _switch(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))
