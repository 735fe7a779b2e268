"""List the models that the package knows, fetch them, and verify the files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Optional, Sequence

if TYPE_CHECKING:
    from lightweight_openpose.zoo.models_file import ModelEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose models`."""
    commands = parser.add_subparsers(dest="action", metavar="action")
    commands.required = True
    commands.add_parser("list", help="names, and where they are on this machine")
    fetch = commands.add_parser(
        "fetch", help="download a model into the user's cache and verify it"
    )
    fetch.add_argument("name", nargs="?", default="default")
    fetch.add_argument("--missing", action="store_true", help="only if it is not on this machine")
    verify = commands.add_parser("verify", help="check size and SHA-256 of a model's files")
    verify.add_argument("name", nargs="?", default="default")


def run(arguments: argparse.Namespace) -> int:
    """List, fetch or verify. Raises ValueError, FileNotFoundError or BadDownload."""
    from lightweight_openpose.zoo.catalogue import locate, read_entries, verify

    entries, defaults = read_entries()
    if arguments.action == "list":
        for name, entry in entries.items():
            print(
                f"{name}{_rank(name, defaults)}: {entry.description}\n    "
                f"{locate(entry) or 'not on this machine: pose models fetch ' + name}"
            )
        return 0
    name = defaults[0] if arguments.name == "default" else arguments.name
    if name not in entries:
        raise ValueError(f"no model named '{name}'; known names: {', '.join(entries)}")
    if arguments.action == "fetch":
        return _fetch(entries[name], arguments.missing)
    path = locate(entries[name])
    if path is None:
        raise FileNotFoundError(
            f"model {name} is not on this machine; run: pose models fetch {name}"
        )
    for file_name, verdict in verify(entries[name], path).items():
        print(f"{path.parent / file_name}: {verdict}")
    return 0


def _rank(name: str, defaults: Sequence[str]) -> str:
    if name not in defaults:
        return ""
    better = defaults[: defaults.index(name)]
    return f" (default where {better[-1]} is missing)" if better else " (default)"


def _fetch(entry: ModelEntry, only_missing: bool) -> int:
    from tqdm import tqdm

    from lightweight_openpose.zoo.catalogue import locate
    from lightweight_openpose.zoo.download import fetch

    path = locate(entry)
    if path is not None and (only_missing or not any(item.url for item in entry.files)):
        print(f"model {entry.name}: {path}")
        return 0
    bar = tqdm(unit="B", unit_scale=True)

    def progress(name: str, done: int, total: Optional[int]) -> None:
        bar.set_description(name, refresh=False)
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        path = fetch(entry, progress=progress)
    print(f"model {entry.name}: {path}")
    if entry.licence:
        print(f"licence: {entry.licence}")
    return 0
