"""Images on which a quantiser measures the range of each layer."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

import numpy as np

from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.video.images import IMAGE_SUFFIXES, try_image
from lightweight_openpose.zoo.model_info import ModelInfo

COUNT = 200  # images; more changes the ranges little


def calibration_inputs(
    folder, info: ModelInfo, height: int, count: int = COUNT
) -> Iterator[np.ndarray]:
    """Network inputs (1, 3, h, w) of up to `count` images of a folder, spread over it.

    height: of the inputs [px]. Raises FileNotFoundError, or ValueError where none can be read.
    """
    folder = Path(folder)
    found = folder.iterdir() if folder.is_dir() else ()
    paths = sorted(p for p in found if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f"{folder} is no folder with images; int8 needs some like those of the robot's camera "
            "(--calibrate FOLDER)"
        )
    readable = False
    spread = np.linspace(0, len(paths) - 1, min(count, len(paths)))
    for i in np.unique(spread.round().astype(int)):
        image = try_image(paths[i])
        if image is not None:
            readable = True
            yield preprocess(image, height, info.spec)[0]
    if not readable:
        raise ValueError(f"none of the images in {folder} can be read")
