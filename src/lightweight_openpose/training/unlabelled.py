"""Photographs without labels, from folders and tar files, for distillation."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np
import torch

from lightweight_openpose.video import IMAGE_SUFFIXES, BadImage, decode_image
from lightweight_openpose.zoo.model_info import InputSpec

from .augment import GREY, Augmentation, add_texture, crop_matrix, recolor, warp
from .dataset import normalise

# Photographs in a crop, at most: where one ends the next one shows, since grey teaches nothing.
LAYERS = 3
ENOUGH = 0.15  # share of the crop that may stay grey
TEXTURED = 0.4  # share of the crops that get another photograph's fine detail, where any do


class ImageItem(NamedTuple):
    """Where the bytes of an image are."""

    name: str  # of its file
    path: str  # of that file, or of the tar file which holds it
    offset: int  # bytes
    size: int  # bytes; -1: the whole file


class UnlabelledCrops(torch.utils.data.Dataset):
    """[(epoch, index)] -> image (3, S, S) float32 for a network of this package.

    The augmentation's `person` is the length of the whole image over that of the crop; beyond it
    other photographs show. Images that cannot be read are named once on stderr and replaced.
    """

    def __init__(self, sources: Sequence[str], augmentation: Augmentation, seed: int = 0):
        self._items = [item for source in sources for item in image_items(Path(source))]
        self._augmentation = augmentation
        self._seed = seed
        self._broken: Set[int] = set()

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, key: Tuple[int, int]) -> torch.Tensor:
        epoch, index = key
        config = self._augmentation
        rng = np.random.default_rng((self._seed, epoch, index))
        crop = np.full((config.size, config.size, 3), GREY, np.uint8)
        free = np.ones((config.size, config.size), bool)
        for _ in range(LAYERS):
            image = self._image(index, rng)
            matrix, _ = crop_matrix(rng, (0, 0, image.shape[1], image.shape[0]), config)
            whole = np.full(image.shape[:2], 255, np.uint8)
            covered = warp(whole, matrix, config.size, border=(0,)) == 255
            crop[free & covered] = warp(image, matrix, config.size)[free & covered]
            free &= ~covered
            if free.mean() < ENOUGH:
                break
            index = int(rng.integers(len(self)))
        if config.texture and rng.random() < TEXTURED:
            other = self._image(int(rng.integers(len(self))), rng)
            crop = add_texture(rng, crop, other, config.texture)
        return normalise(recolor(rng, crop, config), InputSpec())

    def _image(self, index: int, rng: np.random.Generator) -> np.ndarray:
        for _ in range(100):
            image = read_item(self._items[index])
            if image is not None:
                return image
            if index not in self._broken:
                self._broken.add(index)
                item = self._items[index]
                print(
                    f"\npose distill: an image of {item.path} at byte {item.offset} cannot be "
                    "read: skipped",
                    file=sys.stderr,
                )
            index = int(rng.integers(len(self)))
        raise OSError("a hundred images in a row cannot be read")


def image_items(path: Path) -> List[ImageItem]:
    """The images of a folder and those below it, or of a tar file that is not compressed.

    Raises FileNotFoundError, or ValueError where there are none.
    """
    if path.is_dir():
        found = [
            ImageItem(p.name, str(p), 0, -1)
            for p in sorted(path.rglob("*"))
            if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()
        ]
    elif path.is_file():
        try:
            with tarfile.open(str(path), "r:") as tar:  # members are read where they lie
                found = [
                    ImageItem(m.name, str(path), m.offset_data, m.size) for m in tar if _is_image(m)
                ]
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise ValueError(
                f"{path} is no tar file, it may be truncated or compressed: {error}"
            ) from None
        end = path.stat().st_size
        found = [item for item in found if item.offset + item.size <= end]
    else:
        raise FileNotFoundError(f"no folder or tar file {path}")
    if not found:
        raise ValueError(f"{path} holds no images")
    return found


def _is_image(member: tarfile.TarInfo) -> bool:
    """Whether a member's bytes are an image: no link, hole or empty file."""
    plain = member.isfile() and not member.issparse() and member.size > 0
    return plain and Path(member.name).suffix.lower() in IMAGE_SUFFIXES


def read_item(item: ImageItem) -> Optional[np.ndarray]:
    """The image (H, W, 3) uint8 BGR; None where it cannot be read."""
    with open(item.path, "rb") as stream:
        stream.seek(item.offset)
        data = stream.read(item.size)
    try:
        return decode_image(data)
    except BadImage:
        return None
