"""Photos that a command line names."""

from __future__ import annotations


def read_photo(path):
    """The picture (H, W, 3) uint8 BGR in a file. Raises ValueError with its name and the reason."""
    from lightweight_openpose import video

    try:
        return video.read_photo(path)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from None
