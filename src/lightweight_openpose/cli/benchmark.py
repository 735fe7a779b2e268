"""Milliseconds per stage for each backend that is installed, on one image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    estimator_options,
    input_size,
    whole_number,
)
from .photos import read_photo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose benchmark`."""
    parser.add_argument(
        "--image", type=Path, help="image to use; a grey one of 1280x720 where none is given"
    )
    parser.add_argument(
        "--frames",
        type=whole_number(1),
        default=30,
        help="of which the median is taken (default %(default)s)",
    )
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, with the reason next to a backend that cannot run. Raises ValueError."""
    import numpy as np

    from lightweight_openpose.backends import RUNTIMES, BackendError, BadModel, choose, file_for
    from lightweight_openpose.zoo.catalogue import resolve

    from .estimators import open_estimator

    image = np.full((720, 1280, 3), 128, np.uint8)
    if arguments.image:
        image = read_photo(arguments.image)
    entry, path = resolve(arguments.model)
    names = list(RUNTIMES) if arguments.backend == "auto" else [arguments.backend]
    print(
        f"{entry.name}, image {image.shape[1]}x{image.shape[0]}, {input_size(arguments)}, "
        f"median of {arguments.frames} frames [ms]\n\n| backend | device | precision | "
        "preprocess | network | decode | total | fps |\n|" + 8 * " --- |"
    )
    for name in names:
        try:
            choose(file_for(entry, path, name).suffix, name)
            estimator = open_estimator({**estimator_options(arguments), "backend": name})
        except (BackendError, BadModel) as error:
            if arguments.backend != "auto":
                raise
            print(f"| {name} | not run: {error} | | | | | | |")
            continue
        estimator(image)
        rows = []
        for _ in range(arguments.frames):
            maps = estimator.infer(image)
            estimator.decode(maps)
            t = maps.timing
            rows.append((t.preprocess, t.network, t.decode, t.preprocess + t.network + t.decode))
        median = np.median(rows, 0)
        backend: Any = estimator.backend  # for its attributes see backends.contract
        where = backend.device, backend.precision
        print(
            f"| {name} | "
            + " | ".join((*where, *(f"{v:.1f}" for v in median)))
            + f" | {1000 / median[3]:.1f} |"
        )
    return 0
