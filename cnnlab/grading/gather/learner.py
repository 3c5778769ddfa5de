"""Learners' names: one id for one person, one safe file name for one id."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata

__all__ = ["learner_id", "safe_name", "shown"]

LONGEST_ID = 120  # characters
LONGEST_NAME = 100  # bytes: a file system allows 255, and endings come on top
# Windows keeps these for devices, with any ending.
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# They turn the direction of the text around them; letters and emoji need none of them.
DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])


def shown(name: str) -> str:
    r"""Make a file's name fit to be shown: bytes that are not text are spelled out.

    Examples
    --------
    >>> shown("zo\udcebe.ipynb")
    'zo\\udcebe.ipynb'
    """
    text = name.encode("utf-8", "backslashreplace").decode()
    return "".join("\ufffd" if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)


def learner_id(name: str) -> str:
    r"""Turn a name as a platform spells it into an id: the same one for all spellings of the same letters.

    Examples
    --------
    >>> learner_id("Zoe\u0308  Müller ") == learner_id("Zoë Müller")
    True
    """
    text = unicodedata.normalize("NFC", shown(name).translate(DIRECTIONS))
    text = " ".join(text.split()) or "(no name)"
    return text if len(text) <= LONGEST_ID else f"{text[: LONGEST_ID - 12].strip()}… {_digest(text)}"


def safe_name(learner: str) -> str:
    """Return the name of a learner's folder: safe on every system, and never that of another learner.

    A name of small letters, digits and ``. - _ @`` stays. Any other gets the beginning of its digest, since capital
    letters are not told apart everywhere.

    Examples
    --------
    >>> safe_name("ada.lovelace")
    'ada.lovelace'
    >>> safe_name("../Ada")
    'ada-4e4af21652'
    """
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" or sign in "-_@." else "_" for sign in learner)
    plain = kept.strip("-_.")
    same = plain == learner == learner.upper().casefold() == unicodedata.normalize("NFC", learner)
    lookalike = re.search(r"-[0-9a-f]{10}$", learner)
    if same and not lookalike and not RESERVED.fullmatch(learner) and 0 < len(os.fsencode(learner)) <= LONGEST_NAME:
        return learner
    short = re.sub(r"[._]+", "_", plain.casefold()).encode()[:LONGEST_NAME].decode("utf-8", "ignore").strip("-_")
    return f"{short or 'learner'}-{_digest(learner)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
