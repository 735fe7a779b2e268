"""The picture files that a label file names, and whether the labels were made on them."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any, Dict, List, Optional, Sequence, Union
from urllib.parse import unquote, urlsplit

import numpy as np


def plain_name(name: Any) -> str:
    """A path of "/" relative to the folder of the images, of what a tool wrote as a file's name.

    Backslashes, drives, addresses (https://…, file://…), "./" and what leads out of the folder (a
    leading "/", "..") are taken away. Raises ValueError where nothing is left.
    """
    if not isinstance(name, str) or "\0" in name:
        raise ValueError(f"the name of an image is {str(name)[:60]!r}")
    text = name.strip().replace("\\", "/")
    if re.match(r"[A-Za-z][\w+.-]+://", text):
        text = unquote(urlsplit(text).path)
    text = re.sub(r"^[A-Za-z]:", "", text)
    parts = [part for part in PurePosixPath(text).parts if part not in ("/", "//", "..", ".")]
    if not parts or "\0" in text:
        raise ValueError(f"the name of an image is {name[:60]!r}")
    return "/".join(parts)


def find_images(folder: Union[str, Path], names: Sequence[str]) -> List[Path]:
    """The file of each name in a folder; where there is none, the path where it should be.

    A name may have folders in front that are not there, or other letter case. Raises ValueError
    where two names lead to one file.
    """
    index = _Index(Path(folder))
    paths = [index.find(name) for name in names]
    taken: Dict[Path, str] = {}
    for name, path in zip(names, paths):
        if taken.setdefault(path, name) != name:
            raise ValueError(
                f"the images {taken[path]} and {name} of the labels both lead to {path}; give the "
                "folder that holds their folders, or names that differ"
            )
    return paths


class _Index:
    """Files of a folder; its names without regard to case are gathered when one is missing."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._folded: Optional[Dict[str, List[Path]]] = None

    def find(self, name: str) -> Path:
        parts = PurePosixPath(plain_name(name)).parts
        tails = ["/".join(parts[i:]) for i in range(len(parts))]
        for tail in tails:
            if (self._folder / tail).is_file():
                return self._folder / tail
        for tail in tails:
            alike = self._names().get(_fold(tail), [])
            if len(alike) == 1:
                return alike[0]
        return self._folder / tails[0]

    def _names(self) -> Dict[str, List[Path]]:
        if self._folded is None:
            self._folded = {}
            for root, _, files in os.walk(str(self._folder)):
                for path in (Path(root) / name for name in files):
                    key = _fold(path.relative_to(self._folder).as_posix())
                    self._folded.setdefault(key, []).append(path)
        return self._folded


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def size_fault(path: object, image: np.ndarray, width: Any, height: Any) -> Optional[str]:
    """What is wrong where a picture has another size than its labels say; None where nothing is.

    width, height: [px] of the labels, None where they do not say.
    """
    if width is None or height is None or image.shape[:2] == (height, width):
        return None
    said = f"{path} is {image.shape[1]}x{image.shape[0]} px, its labels say {width}x{height}"
    if image.shape[:2] == (width, height):
        return (
            f"{said}: it is shown turned, by the orientation in its EXIF, and labelled as it is "
            "stored; label it as it is shown, or take the orientation out of the file"
        )
    return f"{said}; give the pictures that were labelled"
