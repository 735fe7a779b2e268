"""Fetch the files of a model: resumable, verified, moved into place in one step."""
from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

from lightweight_openpose.files import cache_dir, replacing, sha256_of

from .catalogue import BadDownload, ModelEntry, ModelFile, check_file

_TIMEOUT = 30  # s without a byte


def fetch(entry: ModelEntry, folder=None, progress=None) -> Path:
    """Fetch what is missing of a model; path of its main file.

    folder: by default in the user's cache. progress(file name, bytes so far, bytes in all or None)
    is called as bytes arrive. Raises BadDownload.
    """
    folder = Path(folder) if folder else cache_dir() / "models" / entry.name
    folder.mkdir(parents=True, exist_ok=True)
    for item in entry.files:
        _fetch_file(entry.name, item, folder / item.name, progress or _silent)
    return folder / entry.file


def _silent(*_):
    """Progress that nobody wants to see."""


def _fetch_file(model: str, item: ModelFile, target: Path, progress) -> None:
    item = _with_pin(item, target)
    if target.is_file():
        check_file(target, item, model)
        return
    if item.url is None:
        raise BadDownload(f"model {model}: {item.name} has no address to fetch it from")
    partial = target.with_name(target.name + ".part")
    for attempt in (1, 2):
        try:
            _download(item, partial, progress)
            check_file(partial, item, model)
            break
        except (urllib.error.URLError, OSError) as error:
            raise BadDownload(
                f"model {model}: cannot fetch {item.name} from {item.url}: {error}; check the "
                f"network, or put the file into {target.parent} by hand (expected sha256 "
                f"{item.sha256})"
            ) from None
        except BadDownload as error:
            # What a resumed download began may be another file: once more from the start.
            partial.unlink()
            if attempt == 2:
                raise BadDownload(f"{error} (fetched from {item.url})") from None
    if item.sha256 is None:
        with replacing(_pin_path(target)) as pin:
            pin.write_text(sha256_of(partial) + "\n")
    os.replace(str(partial), str(target))


def _pin_path(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _with_pin(item: ModelFile, target: Path) -> ModelFile:
    """The file with the hash that was pinned at its first download, where none is known."""
    pin = _pin_path(target)
    if item.sha256 is None and pin.is_file():
        return ModelFile(item.name, item.url, item.size, pin.read_text().strip())
    return item


def _download(item: ModelFile, partial: Path, progress) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(item.url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # range not satisfiable: all bytes are here already
            raise
        return
    with response:
        resumed = getattr(response, "status", None) == 206
        done = done if resumed else 0
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        with open(str(partial), "ab" if resumed else "wb") as stream:
            for block in iter(lambda: response.read(1 << 16), b""):
                stream.write(block)
                done += len(block)
                progress(item.name, done, total)
