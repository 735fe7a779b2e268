"""Photos that a command line names."""

from __future__ import annotations


def read_photo(path):
    """The picture (H, W, 3) uint8 BGR in a file. Raises ValueError with its name and the reason."""
    from lightweight_openpose.video.images import BadImage, read_image

    try:
        return read_image(path)
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except BadImage as error:
        raise ValueError(f"{path} is no image: {error}") from None
