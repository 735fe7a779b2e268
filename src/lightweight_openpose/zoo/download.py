"""Fetch the files of a model: resumable, verified, moved into place in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Iterator, Optional, Union

from lightweight_openpose.files import cache_dir, replacing, sha256_of

from .catalogue import BadDownload, ModelEntry, ModelFile, check_file
from .transfer import CannotFetch, Interrupted, Progress, transfer

TRIES = 20  # connections in a row that were cut after they brought something
# How files begin whose hash is not known; a page that asks to log in begins otherwise.
BEGINNINGS = {
    ".pth": (b"PK\x03\x04", b"\x80"),
    ".xml": (b"<?xml", b"<net"),
    ".onnx": (b"\x08", b"\x12"),
}


def fetch(
    entry: ModelEntry, folder: Union[str, Path, None] = None, progress: Optional[Progress] = None
) -> Path:
    """Fetch what is missing of a model; path of its main file.

    folder: by default in the user's cache. progress(file name, bytes so far, bytes in all or None)
    is called as bytes arrive. Raises BadDownload.
    """
    folder = Path(folder) if folder else cache_dir() / "models" / entry.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder, entry.name):
            for item in entry.files:
                _fetch_file(entry.name, item, folder / item.name, progress or _silent)
    except OSError as error:
        raise BadDownload(f"model {entry.name}: cannot write into {folder}: {error}") from None
    return folder / entry.file


def _silent(*_: object) -> None:
    """Progress that nobody wants to see."""


@contextlib.contextmanager
def only_one(folder: Path, model: str) -> Iterator[None]:
    """Lock a folder against other processes that fetch into it. Raises BadDownload, OSError."""
    handle = os.open(str(folder), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BadDownload(f"model {model}: another process is fetching into {folder}") from None
    finally:
        os.close(handle)


def _fetch_file(model: str, item: ModelFile, target: Path, progress: Progress) -> None:
    expected = _with_pin(model, item, target)
    if target.is_file():
        check_file(target, expected, model)
        return
    if item.url is None:
        raise BadDownload(f"model {model}: {item.name} has no address to fetch it from")
    partial = target.with_name(target.name + ".part")
    # What a resumed download began may be another file: then once more from the start.
    for attempt in (1, 2):
        _bring(model, expected, partial, progress)
        try:
            check_file(partial, expected, model)
            _check_beginning(partial, expected, model)
            break
        except BadDownload as error:
            partial.unlink()
            if attempt == 2 or expected.sha256 is None:
                pinned = (
                    ""
                    if item.sha256 == expected.sha256
                    else (f"; if the file was renewed there, delete {_pin_path(target)}")
                )
                raise BadDownload(f"{error} (fetched from {item.url}{pinned})") from None
    if expected.sha256 is None:
        with replacing(_pin_path(target)) as pin:
            pin.write_text(sha256_of(partial) + "\n")
    os.replace(str(partial), str(target))


def _bring(model: str, item: ModelFile, partial: Path, progress: Progress) -> None:
    """Transfer until all is there, as long as every connection brings something.

    Only what a known hash can judge is kept and continued.
    """
    for left in reversed(range(TRIES)):
        before = _size(partial)
        try:
            transfer(item, partial, progress)
            return
        except Interrupted as error:
            fault = _plain(error)
            if item.sha256 is None:
                _remove(partial)
            elif left and _size(partial) > before:
                continue
        except CannotFetch as error:
            fault = _plain(error)
            _remove(partial)
        kept = _size(partial)
        again = f"{kept} bytes are kept: run the same command again, or " if kept else ""
        raise BadDownload(
            f"model {model}: cannot fetch {item.name} from {item.url}: {fault}; {again}check the "
            f"network, or put the file into {partial.parent} by hand (expected sha256 "
            f"{item.sha256 or 'not known'})"
        )


def _plain(error: Exception) -> str:
    """One line of a fault, which may hold what a server sent."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(str(error).split()))[:200]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _remove(path: Path) -> None:
    if path.exists():
        path.unlink()


def _check_beginning(partial: Path, item: ModelFile, model: str) -> None:
    """Raise BadDownload for what cannot be the file, where no hash is known that would tell."""
    if item.sha256 is not None:
        return
    with open(str(partial), "rb") as stream:
        begins = stream.read(512)
    suffix = Path(item.name).suffix
    page = begins.lstrip().lower().startswith((b"<!doctype html", b"<html"))
    if not begins or page or not begins.startswith(BEGINNINGS.get(suffix, (b"",))):
        found = "a web page" if page else f"{partial.stat().st_size} bytes of something else"
        raise BadDownload(f"model {model}: {item.name} is no {suffix[1:]} file but {found}")


def _pin_path(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _with_pin(model: str, item: ModelFile, target: Path) -> ModelFile:
    """The file with the hash that was pinned at its first download, where none is known."""
    pin = _pin_path(target)
    if item.sha256 is not None or not pin.is_file():
        return item
    digest = pin.read_text(errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise BadDownload(f"model {model}: {pin} holds no SHA-256; delete it")
    return replace(item, sha256=digest)
