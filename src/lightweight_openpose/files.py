"""Where the package's data files and the user's cache are, with and without ROS."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path


def share_dir() -> Path:
    """Folder that holds config/, launch/ and models/: the source tree, or share/lightweight_openpose when installed."""
    here = Path(__file__).resolve()
    for folder in (here.parents[2], *(p / "share" / "lightweight_openpose" for p in here.parents)):
        if (folder / "config" / "models.yaml").is_file():
            return folder
    raise FileNotFoundError(f"config/models.yaml of lightweight_openpose was not found near {here}; reinstall the package")


def cache_dir() -> Path:
    """The user's cache: $XDG_CACHE_HOME/lightweight_openpose, else ~/.cache/lightweight_openpose."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "lightweight_openpose"


def sha256_of(path) -> str:
    digest = hashlib.sha256()
    with open(str(path), "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
