"""Yaw, pitch and roll of an object from 2-D landmarks and 3-D points of it, without a network."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Tuple

from lightweight_openpose.poses.pose_lines import MAX_PIXELS
from lightweight_openpose.ros.settings.head_orientation import HeadOrientationSettings

from .options import add_setting
from .photos import read_photo

if TYPE_CHECKING:
    import numpy as np

    from lightweight_openpose.geometry import Camera, Orientation
    from lightweight_openpose.poses import Skeleton

_FEWEST = 4  # points that have one solution
_AXES = 0.7  # length of the axes drawn, over the size of the object


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose angles`."""
    parser.add_argument(
        "landmarks", type=Path, help="text file with x and y [px] of a landmark per line"
    )
    parser.add_argument(
        "--model",
        type=Path,
        required=True,
        help="YAML whose `points` are x, y, z of each landmark, in their order: a list, or a map "
        "by name as in a skeleton; x forward, y left, z up, in any unit",
    )
    parser.add_argument(
        "--camera",
        type=Path,
        help="calibration (YAML of camera_calibration); without one an ideal camera is assumed",
    )
    add_setting(parser, HeadOrientationSettings, "assumed_fov")
    parser.add_argument("--image", type=Path, help="the photo in which the landmarks were found")
    parser.add_argument("--output", type=Path, help="picture to write: --image with the axes")


def run(arguments: argparse.Namespace) -> int:
    """Print the angles and draw them where asked. Raises ValueError or OSError."""
    import numpy as np

    from lightweight_openpose.geometry.rigid_object import solve_object

    if arguments.output and not arguments.image:
        raise ValueError("--output needs --image, the photo to draw on")
    points = read_points(arguments.model)
    landmarks = read_landmarks(arguments.landmarks)
    if len(points) != len(landmarks):
        raise ValueError(
            f"{arguments.landmarks} has {len(landmarks)} landmarks, {arguments.model} has "
            f"{len(points)} points: one for each is needed"
        )
    model = np.array(points)
    size = _size(model, arguments.model)
    image = read_photo(arguments.image) if arguments.image else None
    camera = _camera(arguments, image)
    skeleton = _as_skeleton(model / size)
    keypoints = np.column_stack([landmarks, np.ones(len(landmarks))])
    solved, reason = solve_object(keypoints, skeleton, camera)
    if solved is None:
        raise ValueError(reason)
    angles = [math.degrees(angle) for angle in (solved.yaw, solved.pitch, solved.roll)]
    position = solved.translation * size
    print("yaw {:.1f}, pitch {:.1f}, roll {:.1f} degrees".format(*angles))
    print(
        "at x {:.4g}, y {:.4g}, z {:.4g} in the unit of the points".format(*position)
        + f", reprojection error {solved.reprojection_error:.2f} px"
        + (", camera assumed" if camera.assumed else "")
    )
    if image is not None and arguments.output:
        _draw(image, landmarks, solved, camera, arguments.output)
        print(arguments.output)
    return 0


def read_points(path: Path) -> List[Tuple[float, float, float]]:
    """The points of a YAML. Raises ValueError or OSError."""
    from lightweight_openpose.files import read_yaml

    try:
        document = read_yaml(path)
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None
    given = document.get("points") if isinstance(document, dict) else None
    values = list(given.values()) if isinstance(given, dict) else given
    if not isinstance(values, list) or not values:
        raise ValueError(f"{path} has no points: expected a list of [x, y, z]")
    return [_three(value, f"{path}, point {i}") for i, value in enumerate(values, 1)]


def _three(value: Any, where: str) -> Tuple[float, float, float]:
    try:
        x, y, z = (float(v) for v in value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{where} is not three numbers") from None
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError(f"{where} is not finite")
    return x, y, z


def read_landmarks(path: Path) -> List[Tuple[float, float]]:
    """Pixels of a text file: x y or x, y per line; # begins a comment. Raises ValueError."""
    landmarks = []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    for i, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        try:
            x, y = map(float, words)
        except ValueError:
            raise ValueError(f"{path}, line {i}: expected x and y, not {line[:80]!r}") from None
        if not all(abs(value) <= MAX_PIXELS for value in (x, y)):
            raise ValueError(
                f"{path}, line {i}: {line.strip()[:80]} is in no image; leave it and its point out"
            )
        landmarks.append((x, y))
    return landmarks


def _size(model: np.ndarray, path: Path) -> float:
    """Extent of the points. Raises ValueError where they do not tell a rotation."""
    import numpy as np

    centred = model - model.mean(0)
    extent = float(np.linalg.norm(np.ptp(model, axis=0)))
    if len(model) < _FEWEST:
        raise ValueError(f"{path} has {len(model)} points, at least {_FEWEST} are needed")
    if not extent > 0 or np.linalg.matrix_rank(centred / extent, tol=1e-3) < 2:
        raise ValueError(f"the points of {path} lie on one line: they tell no rotation about it")
    return extent


def _as_skeleton(points: np.ndarray) -> Skeleton:
    """A skeleton of these points alone."""
    from lightweight_openpose.poses import DEFAULT_SIGMA, Skeleton

    count = len(points)
    names = tuple(f"point {i}" for i in range(1, count + 1))
    rows: Any = points.tolist()
    return Skeleton("model", names, (), (DEFAULT_SIGMA,) * count, points=tuple(map(tuple, rows)))


def _camera(arguments: argparse.Namespace, image: Optional[np.ndarray]) -> Camera:
    from lightweight_openpose.geometry import Camera
    from lightweight_openpose.geometry.camera_file import read_camera

    if arguments.camera:
        camera, size = read_camera(arguments.camera)
        if image is not None and size != (image.shape[1], image.shape[0]):
            raise ValueError(
                f"{arguments.camera} is of images of {size[0]}x{size[1]} px, {arguments.image} has "
                f"{image.shape[1]}x{image.shape[0]}"
            )
        return camera
    if image is None:
        raise ValueError("give --camera, or --image whose size an assumed camera needs")
    return Camera.assumed_for(image.shape[1], image.shape[0], arguments.assumed_fov)


def _draw(
    image: np.ndarray,
    landmarks: Iterable[Tuple[float, float]],
    orientation: Orientation,
    camera: Camera,
    output: Path,
) -> None:
    import cv2

    from lightweight_openpose.display.drawing import draw_poses
    from lightweight_openpose.display.heads import drawn_head
    from lightweight_openpose.poses import COCO18
    from lightweight_openpose.video import write_image

    radius = max(2, image.shape[0] // 200)
    height, width = image.shape[:2]
    for x, y in landmarks:
        if not (0 <= x < width and 0 <= y < height):
            continue
        cv2.circle(image, (round(x), round(y)), radius, (255, 255, 255), -1, cv2.LINE_AA)
    drawn = drawn_head(orientation, camera, _AXES)
    draw_poses(image, [], COCO18, [drawn] if drawn else [])
    write_image(output, image)
