"""Models by name: find them on this machine, fetch them, verify them.

Nothing here is run by a node in flight.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

from lightweight_openpose.files import cache_dir, looked_in, sha256_of, share_dir

from .models_file import ModelEntry, ModelFile, read_entries

FOLDERS_VARIABLE = "LIGHTWEIGHT_OPENPOSE_MODELS"


class ModelNotFound(FileNotFoundError):
    """The model is not on this machine; the message names the command that fetches it."""


class BadDownload(RuntimeError):
    """A file could not be fetched or is not what was expected; the message names the remedy."""


def search_folders() -> List[Path]:
    """Where models are looked for, in order.

    The package, the folders of the environment variable, the cache.
    """
    named = [Path(p) for p in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if p]
    return [share_dir() / "models", *named, cache_dir() / "models"]


def locate(entry: ModelEntry) -> Optional[Path]:
    """Path of the model's main file, with all its other files next to it, or None."""
    others = [f.name for f in entry.files if f.name != entry.file]
    for folder in search_folders():
        for main in (entry.file, *entry.aliases):
            for path in (folder / entry.name / main, folder / main, *_in_any(folder, main)):
                if path.is_file() and all((path.parent / o).is_file() for o in others):
                    return path
    return None


def _in_any(folder: Path, name: str) -> List[Path]:
    """A file in the folders of a folder, whatever they are called."""
    return sorted(folder.glob(f"*/{name}"))


def resolve(model: str = "default") -> Tuple[ModelEntry, Path]:
    """Entry and file of a model given by name, "default", or path. Raises ModelNotFound.

    "default" is the first of the defaults that is on this machine. A path takes its entry from the
    file name where models.yaml knows it, else what the file says of itself counts. So it does of a
    file that is named like one of the package's and has another size: it is somebody else's.
    """
    entries, defaults = read_entries()
    if model == "default" or model in entries:
        names = defaults if model == "default" else [model]
        for name in names:
            path = locate(entries[name])
            if path is not None:
                return entries[name], path
        looked = ", ".join(map(str, search_folders()))
        raise ModelNotFound(
            f"model {names[0]} is not on this machine (looked in {looked}); "
            f"run: pose models fetch {names[0]}"
        )
    path = Path(model).expanduser()
    if not path.is_file():
        raise ModelNotFound(
            f"no model named '{model}' and no such file{looked_in(model)}; known names: "
            f"{', '.join(entries)}"
        )
    size = path.stat().st_size
    for entry in entries.values():
        if path.name in (entry.file, *entry.aliases, *entry.instead):
            ours = [f.size for f in entry.files if f.name == path.name and f.url is None]
            if not ours or ours[0] in (None, size):
                return entry, path
    return ModelEntry(path.stem, path.name), path


def fallback_notice(model: str, entry: ModelEntry) -> str:
    """What to tell a user who asked for `model` and gets entry.

    Empty where it is the one to prefer.
    """
    preferred = read_entries()[1][0]
    if model != "default" or entry.name == preferred:
        return ""
    return (
        f"model {preferred}, which is part of the package, is not complete: {entry.name} runs "
        "instead; install the package again"
    )


def check_file(path: Union[str, Path], expected: ModelFile, model: str) -> None:
    """Raise BadDownload unless the file has the size and the SHA-256 expected of it.

    Where they are known. model: its name, for messages.
    """
    remedy = f"delete it and run: pose models fetch {model}"
    size = os.path.getsize(str(path))
    if expected.size is not None and size != expected.size:
        raise BadDownload(
            f"model {model}: {path} has {size} bytes, expected {expected.size}; {remedy}"
        )
    if expected.sha256 is not None:
        digest = sha256_of(path)
        if digest != expected.sha256:
            raise BadDownload(
                f"model {model}: {path} has sha256 {digest}, expected {expected.sha256}; {remedy}"
            )


def verify(entry: ModelEntry, main: Path) -> Dict[str, str]:
    """Check every file of a model that was located: file name -> "verified" or "no hash known".

    main: path of its main file. Raises BadDownload.
    """
    result = {}
    for item in entry.files:
        path = main if item.name == entry.file else main.parent / item.name
        if path.name == item.name:
            check_file(path, item, entry.name)
        known = item.sha256 is not None and path.name == item.name
        result[path.name] = "verified" if known else f"no hash known, sha256 {sha256_of(path)}"
    return result
