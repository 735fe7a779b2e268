"""Images on which a quantiser measures the range of each layer."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, Union

import numpy as np

from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.video import IMAGE_SUFFIXES, try_image
from lightweight_openpose.zoo.model_info import ModelInfo

COUNT = 200  # images; more changes the ranges little


def quantisation_inputs(
    folder: Union[str, Path], info: ModelInfo, height: int
) -> Iterator[np.ndarray]:
    """Network inputs (1, 3, h, w) of up to COUNT images of a folder, spread over it.

    height: of the inputs [px]. Raises FileNotFoundError, or ValueError where none can be read. Of
    a closeup, folder is a data set of its crops (NAME.tar with NAME.json).
    """
    folder = Path(folder)
    if folder.suffix == ".tar":
        yield from _closeups(folder, info)
        return
    found = folder.iterdir() if folder.is_dir() else ()
    paths = sorted(p for p in found if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f"{folder} is no folder with images; int8 needs some like those of the robot's camera "
            "(--calibrate FOLDER)"
        )
    readable = False
    spread = np.linspace(0, len(paths) - 1, min(COUNT, len(paths)))
    for i in np.unique(spread.round().astype(int)):
        image = try_image(paths[i])
        if image is not None:
            readable = True
            yield preprocess(image, height, info.spec)[0]
    if not readable:
        raise ValueError(f"none of the images in {folder} can be read")


def _closeups(path: Path, info: ModelInfo) -> Iterator[np.ndarray]:
    """Crops of a data set as the trainer varies them."""
    from lightweight_openpose.training.augment import Augmentation
    from lightweight_openpose.training.closeup_data import (
        CloseupCrops,
        closeup_kind,
        read_samples,
    )

    kind = closeup_kind(info.skeleton.name.partition("_")[0])
    side = (info.spec.fixed_size or (info.spec.multiple,))[0]
    crops = CloseupCrops(
        read_samples(path, kind), kind, Augmentation(size=side, person=(0.9, 1.1), shift=0.05)
    )
    for i in np.unique(np.linspace(0, len(crops) - 1, COUNT).round().astype(int)):
        yield crops[0, int(i)][0][None].numpy()
