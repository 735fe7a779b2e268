"""Models by name: find them on this machine, fetch them, verify them.

Nothing here is run by a node in flight.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import yaml

from lightweight_openpose.files import cache_dir, sha256_of, share_dir

from .model_info import InputSpec

FOLDERS_VARIABLE = "LIGHTWEIGHT_OPENPOSE_MODELS"


class ModelNotFound(FileNotFoundError):
    """The model is not on this machine; the message names the command that fetches it."""


class BadDownload(RuntimeError):
    """A file could not be fetched or is not what was expected; the message names the remedy."""


@dataclass(frozen=True)
class ModelFile:
    """One file of a model; None where a fact is not known in advance."""

    name: str
    url: Optional[str] = None
    size: Optional[int] = None  # bytes
    sha256: Optional[str] = None  # 64 hexadecimal digits


@dataclass(frozen=True)
class ModelEntry:
    """What is known of a model; see config/models.yaml for the fields."""

    name: str
    file: str  # name of the main file
    files: Tuple[ModelFile, ...] = ()  # all of them; empty for a model that was given by path
    aliases: Tuple[str, ...] = ()  # other names that the main file goes by
    # files beside `file` that hold the same network for other runtimes, best first
    instead: Tuple[str, ...] = ()
    description: str = ""
    skeleton: str = "coco18"  # its name
    stride: int = 8  # [px] of the network's input per cell of the maps
    spec: InputSpec = field(default_factory=InputSpec)
    min_score: float = 0.08  # [0, 1] people with a lower score are dropped

    @property
    def known(self) -> bool:
        """True for a model of models.yaml, False for a path whose file has to say what it is."""
        return bool(self.files)


def read_entries(path=None) -> Tuple[Dict[str, ModelEntry], List[str]]:
    """Entries of a models.yaml by name, and the names of the defaults, the one to prefer first."""
    with open(str(path or share_dir() / "config" / "models.yaml")) as stream:
        document = yaml.safe_load(stream)
    entries = {name: _entry(name, fields) for name, fields in document["models"].items()}
    return entries, document["default"]


def _entry(name: str, fields: dict) -> ModelEntry:
    files = [
        ModelFile(file_name, facts.get("url"), facts.get("size"), facts.get("sha256"))
        for file_name, facts in fields["files"].items()
    ]
    return ModelEntry(
        name,
        fields["file"],
        tuple(files),
        tuple(fields.get("aliases", ())),
        tuple(fields.get("instead", ())),
        fields.get("description", ""),
        fields["skeleton"],
        fields["stride"],
        InputSpec.from_dict(fields),
        float(fields.get("min_score", ModelEntry.min_score)),
    )


def search_folders() -> List[Path]:
    """Where models are looked for, in order.

    The package, the folders of the environment variable, the cache.
    """
    named = [Path(p) for p in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if p]
    return [share_dir() / "models", *named, cache_dir() / "models"]


def locate(entry: ModelEntry) -> Optional[Path]:
    """Path of the model's main file, with all its other files beside it, or None."""
    others = [f.name for f in entry.files if f.name != entry.file]
    for folder in search_folders():
        for main in (entry.file, *entry.aliases):
            for path in (folder / entry.name / main, folder / main):
                if path.is_file() and all((path.parent / o).is_file() for o in others):
                    return path
    return None


def resolve(model: str = "default") -> Tuple[ModelEntry, Path]:
    """Entry and file of a model given by name, "default", or path. Raises ModelNotFound.

    "default" is the first of the defaults that is on this machine. A path takes its entry from the
    file name where models.yaml knows it, else the conventions of the suffix.
    """
    entries, defaults = read_entries()
    if model == "default" or model in entries:
        names = defaults if model == "default" else [model]
        for name in names:
            path = locate(entries[name])
            if path is not None:
                return entries[name], path
        looked = ", ".join(map(str, search_folders()))
        raise ModelNotFound(f"model {names[0]} is not on this machine (looked in {looked}); "
                            f"run: rosrun lightweight_openpose pose models fetch {names[0]}")
    path = Path(model).expanduser()
    if not path.is_file():
        raise ModelNotFound(
            f"no model named '{model}' and no such file; known names: {', '.join(entries)}"
        )
    for entry in entries.values():
        if path.name in (entry.file, *entry.aliases, *entry.instead):
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


def check_file(path, expected: ModelFile, model: str) -> None:
    """Raise BadDownload unless the file has the size and the SHA-256 expected of it.

    Where they are known. model: its name, for messages.
    """
    remedy = f"delete it and run: rosrun lightweight_openpose pose models fetch {model}"
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
