"""Images of bags as files, for training."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Iterator, Sequence, Tuple, Union

import numpy as np
from tqdm import tqdm

from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.video import BadImage, BitsInUse, write_image

from .reading import open_bag
from .topics import choose_topics, no_images

MAX_IMAGES = 5000  # images of a bag; of longer ones every so many


def extract_images(
    path: Union[str, Path], folder: Union[str, Path], hold_back: float = 0.25
) -> Tuple[Path, Path]:
    """Folders learn/ and held/ in `folder`: a bag's colour images, and those of its last share.

    Time decides, since successive images are nearly the same. A folder that is there is complete
    and is left as it is. Bad images are counted and left out. Raises ValueError for a bag that
    cannot be read or has no images, or a share outside 0..0.9.
    """
    if not 0 <= hold_back <= 0.9:
        raise ValueError(f"hold back a share between 0 and 0.9, not {hold_back}")
    folder = Path(folder)
    if not folder.is_dir():
        chosen = choose_topics(path)
        topics, count = chosen.posed, chosen.images
        if not count:
            raise no_images(path, chosen.left_out)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=str(folder.parent)) as made:
            partial = Path(made) / folder.name  # with the usual permissions
            for name in ("learn", "held"):
                (partial / name).mkdir(parents=True)
            bad = _write(path, topics, partial, count, hold_back)
            if bad:
                print(f"{path}: {bad} of {count} images are damaged: left out")
            os.replace(str(partial), str(folder))
    return folder / "learn", folder / "held"


def _write(
    path: Union[str, Path], topics: Sequence[str], folder: Path, count: int, hold_back: float
) -> int:
    """Write the images as JPEG files; how many were bad."""
    evenly = np.linspace(0, count - 1, min(count, MAX_IMAGES)).round().astype(int)
    chosen = set(evenly.tolist())
    first_held = round(count * (1 - hold_back))
    bad = 0
    images = tqdm(_images_of(path, topics), total=count, unit="image", desc=Path(path).name)
    for number, image in enumerate(images):
        if number not in chosen:
            continue
        if isinstance(image, BadImage):
            bad += 1
            continue
        name = folder / ("held" if number >= first_held else "learn") / f"{number:06}.jpg"
        write_image(name, image)
    return bad


def _images_of(
    path: Union[str, Path], topics: Sequence[str]
) -> Iterator[Union[np.ndarray, BadImage]]:
    """Image or BadImage of each message on the topics."""
    bits = {topic: BitsInUse() for topic in topics}
    with open_bag(path) as bag:
        for record in bag.records(topics):
            try:
                yield image_to_bgr(record.message(), bits[record.topic])
            except ValueError as error:  # also of what is damaged in the bag, or of another type
                yield BadImage(str(error))
