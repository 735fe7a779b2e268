"""Photos that a command line names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    import numpy as np


def read_photo(path: Union[str, Path]) -> np.ndarray:
    """The picture (H, W, 3) uint8 BGR in a file. Raises ValueError with its name and the reason."""
    from lightweight_openpose import video

    try:
        return video.read_photo(path)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from None
