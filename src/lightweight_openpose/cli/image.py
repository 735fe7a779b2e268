"""Find the people in photos: an annotated picture and a JSON file for each."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Sequence,
    Tuple,
    Union,
)

from lightweight_openpose.files import natural_order, replacing

from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    add_face_arguments,
    add_hands_arguments,
    load_estimator,
    whole_number,
)
from .photos import read_photo
from .presentation import Presenter, add_presentation_arguments

if TYPE_CHECKING:
    import numpy as np

    from lightweight_openpose.poses.people import People


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose image`."""
    parser.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="image file, or folder of images"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("poses"),
        help="folder for the results (default %(default)s)",
    )
    parser.add_argument(
        "--lines", type=Path, help="file for the JSON of all photos, too: an object per line"
    )
    parser.add_argument(
        "--workers",
        type=whole_number(1, 64),
        default=2,
        help="threads that read and write while the network runs (default %(default)s)",
    )
    add_presentation_arguments(parser)
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    add_hands_arguments(parser)
    add_face_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the pictures and JSON files; 1 where an image was skipped. Raises OSError."""
    from tqdm import tqdm

    names = result_names(_files(arguments.photos))
    _spare_photos(names, arguments.output)
    estimator = load_estimator(arguments)
    presenter = Presenter(arguments, estimator)
    arguments.output.mkdir(parents=True, exist_ok=True)
    done = 0
    skipped = 0
    people = 0
    with ExitStack() as stack:
        lines = stack.enter_context(open(str(arguments.lines), "w")) if arguments.lines else None
        pool = stack.enter_context(ThreadPoolExecutor(arguments.workers))
        written: Deque[Future] = deque()
        photos = _read_ahead(pool, list(names), 2 * arguments.workers)
        for path, image in tqdm(photos, unit="image", total=len(names), disable=len(names) < 2):
            if isinstance(image, ValueError):
                print(f"pose image: {image}: skipped", file=sys.stderr)
                skipped += 1
                continue
            if arguments.fps:
                estimator(image)  # the first picture of a size is slow
            start = time.perf_counter()
            found = presenter.estimator(image)
            rate = 1 / (time.perf_counter() - start)
            shown = presenter.with_heads(presenter.shown(found))
            people += len(shown)
            done += 1
            document = _document(path, presenter.written(shown))
            presenter.print(shown, str(path))
            presenter.anonymize(image, found, shown)
            presenter.draw(image, shown, rate)
            if lines is not None:
                lines.write(json.dumps(document) + "\n")
            written.append(pool.submit(_write, arguments.output / names[path], document, image))
            if len(written) > arguments.workers:
                written.popleft().result()
            if not presenter.show(image, hold=True):
                break
        for writing in written:
            writing.result()
    presenter.close()
    print(f"{done} images, {people} people, {skipped} skipped; results in {arguments.output}")
    return 1 if skipped else 0


def _read_ahead(
    pool: ThreadPoolExecutor, paths: Iterable[Path], count: int
) -> Iterator[Tuple[Path, Union[np.ndarray, ValueError]]]:
    """(path, image or ValueError) in their order, while `count` more are being read."""
    reading: Deque[Tuple[Path, Future]] = deque()
    for path in paths:
        reading.append((path, pool.submit(_read, path)))
        if len(reading) > count:
            first, image = reading.popleft()
            yield first, image.result()
    for first, image in reading:
        yield first, image.result()


def _read(path: Path) -> Union[np.ndarray, ValueError]:
    try:
        return read_photo(path)
    except ValueError as error:
        return error


def result_names(photos: Sequence[Path]) -> Dict[Path, Path]:
    """Where the results of each photo go, below the output and without suffix; all different.

    That is the photo's name; where several have the same, it lies in a folder like the photo's, and
    keeps the photo's suffix where that does not tell them apart. A photo given twice is one.
    """
    different: Dict[str, Path] = {}
    for path in photos:
        different.setdefault(os.path.abspath(str(path)), path)
    paths = list(different.values())
    names = [Path(p.stem) for p in paths]
    if _repeat(names):
        folders = [os.path.dirname(os.path.abspath(str(p))) for p in paths]
        root = os.path.commonpath(folders)
        places = [Path(os.path.relpath(folder, root)) for folder in folders]
        names = [place / p.stem for place, p in zip(places, paths)]
        if _repeat(names):
            names = [place / p.name for place, p in zip(places, paths)]
    return dict(zip(paths, names))


def _repeat(names: List[Path]) -> bool:
    return len(set(names)) < len(names)


def _spare_photos(names: Mapping[Path, Path], output: Path) -> None:
    """Raises ValueError where a result would take the place of a photo."""
    photos = {os.path.realpath(str(path)) for path in names}
    for name in names.values():
        picture = _picture(output / name)
        if os.path.realpath(str(picture)) in photos:
            raise ValueError(f"the photo {picture} would be overwritten; give another --output")


def _picture(stem: Path) -> Path:
    return stem.with_name(stem.name + ".png")


def _document(path: Path, people: People) -> Dict[str, Any]:
    names = people.skeleton.keypoints
    return {"image": path.name, "keypoint_names": names, **people.to_dict()}


def _write(stem: Path, document: Dict[str, Any], image: np.ndarray) -> None:
    from lightweight_openpose.video import write_image

    with replacing(stem.with_name(stem.name + ".json")) as partial:
        partial.write_text(json.dumps(document) + "\n")
    write_image(_picture(stem), image)


def _files(paths: Iterable[Path]) -> List[Path]:
    """The files among the paths as they are, folders as the images in them."""
    from lightweight_openpose.video import IMAGE_SUFFIXES

    files = []
    for path in paths:
        if path.is_dir():
            found = (p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
            files += sorted(found, key=natural_order)
        else:
            files.append(path)
    return files
