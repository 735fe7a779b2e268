"""Pictures by their names, in a folder or in a tar file."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import Dict, Optional, Tuple, Union

import numpy as np

from .images import BadImage, decode_image, try_image


def checked_name(name: str) -> str:
    """The name of a picture below its folder. Raises ValueError for one that leads elsewhere."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise ValueError(f"{str(name)[:60]!r} is no name of a picture")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name[:200]} leads out of the folder of the images")
    return name


class PictureFiles:
    """The pictures of a folder, or of a tar file that is not compressed."""

    def __init__(self, path: Union[str, Path]):
        """Raises FileNotFoundError, or ValueError for a file that is no tar file."""
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(f"{self.path} does not exist")
        self._members = None if self.path.is_dir() else _members(self.path)

    def read(self, name: str) -> Optional[np.ndarray]:
        """The picture (H, W, 3) uint8 BGR of a checked_name(); None where it cannot be read."""
        if self._members is None:
            return try_image(self.path / name)
        if name not in self._members:
            return None
        offset, size = self._members[name]
        try:
            with open(str(self.path), "rb") as stream:
                stream.seek(offset)
                return decode_image(stream.read(size))
        except (BadImage, OSError):
            return None


def _members(path: Path) -> Dict[str, Tuple[int, int]]:
    """(offset, size) [bytes] of each plain file in a tar file, which is read where it lies."""
    try:
        with tarfile.open(str(path), "r:") as tar:
            found = {
                member.name: (member.offset_data, member.size)
                for member in tar
                if member.isfile() and not member.issparse()
            }
    except (tarfile.TarError, ValueError, OverflowError, OSError) as error:
        raise ValueError(
            f"{path} is no folder and no tar file, it may be truncated or compressed: {error}"
        ) from None
    end = path.stat().st_size
    return {name: (offset, size) for name, (offset, size) in found.items() if offset + size <= end}
