"""Pictures of a submarine whose keypoints and pose are known, with COCO labels and CameraInfo-like
truth.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.poses.skeleton_file import find_skeleton

WIDTH = 320  # px
HEIGHT = 240  # px
FOV = np.radians(60)
CAMERA = Camera.assumed_for(WIDTH, HEIGHT, FOV)
SKELETON = find_skeleton("submarine")
_COLORS = {
    "head": (40, 60, 230),
    "left_engine": (60, 200, 60),
    "right_engine": (230, 120, 40),
    "bottom_engine": (30, 200, 230),
}


def background(rng) -> np.ndarray:
    """Smooth clutter with lines and blots, another one each time."""
    coarse = rng.integers(0, 255, (rng.integers(3, 12), rng.integers(3, 12), 3), np.uint8)
    image = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.integers(3, 15)):
        start, end = (tuple(int(v) for v in rng.integers(0, WIDTH, 2)) for _ in range(2))
        color = tuple(int(v) for v in rng.integers(0, 255, 3))
        if rng.random() < 0.5:
            cv2.line(image, start, end, color, int(rng.integers(1, 6)))
        else:
            cv2.circle(image, start, int(rng.integers(3, 18)), color, -1, cv2.LINE_AA)
    return image


def pose(rng):
    """Angles [deg] with all keypoints in sight of the camera, and position [m]."""
    angles = rng.uniform((-60, -30, -25), (60, 35, 25))
    return angles, np.array([*rng.uniform((-0.5, -0.35), (0.5, 0.35)), rng.uniform(1.6, 3.0)])


def render(rng, image, angles, position) -> np.ndarray:
    """Draw the object into the image; (4, 2) keypoints [px]."""
    rotation = rotation_from_angles(*np.radians(angles), position)
    points = np.array(SKELETON.points) @ rotation.T + position
    pixels = CAMERA.project(points)
    scale = CAMERA.matrix[0, 0] / points[:, 2]
    light = rng.uniform(0.6, 1.2)
    places = [tuple(int(round(v * 16)) for v in p) for p in pixels]  # in sixteenths of a pixel

    def shade(color):
        return tuple(int(np.clip(light * c + rng.normal(0, 6), 0, 255)) for c in color)

    for i in (1, 2, 3):
        width = max(2, int(0.07 * scale[i]))
        cv2.line(image, places[0], places[i], shade((150, 150, 150)), width, cv2.LINE_AA, 4)
    for i in np.argsort(-points[:, 2]):
        radius = int((0.11 if i == 0 else 0.08) * scale[i] * 16)
        color = shade(_COLORS[SKELETON.keypoints[i]])
        cv2.circle(image, places[i], radius, color, -1, cv2.LINE_AA, 4)
        cv2.circle(image, places[i], radius, (20, 20, 20), 1, cv2.LINE_AA, 4)
    return pixels


def write(folder: Path, count: int, seed: int) -> dict:
    """`count` pictures and labels.json in COCO's format; truth: file name -> angles [deg] and
    position [m].
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    annotations = []
    truth = {}
    for i in range(count):
        image = background(rng)
        angles, position = pose(rng)
        pixels = render(rng, image, angles, position)
        noise = rng.normal(0, 5, image.shape)
        name = f"{i:04d}.jpg"
        cv2.imwrite(str(folder / name), np.clip(image + noise, 0, 255).astype(np.uint8))
        low = pixels.min(0) - 8
        high = pixels.max(0) + 8
        images.append({"id": i, "file_name": name, "width": WIDTH, "height": HEIGHT})
        inside = ((pixels >= 0) & (pixels <= (WIDTH, HEIGHT))).all(1)
        keypoints = np.where(inside[:, None], np.c_[pixels, np.full(len(pixels), 2)], 0)
        annotations.append(
            {
                "id": i,
                "image_id": i,
                "category_id": 1,
                "iscrowd": 0,
                "area": float(np.prod(high - low)),
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "num_keypoints": int(inside.sum()),
                "keypoints": keypoints.ravel().tolist(),
            }
        )
        truth[name] = {"angles": angles.tolist(), "position": position.tolist()}
    category = {"id": 1, "name": "submarine", "keypoints": list(SKELETON.keypoints), "skeleton": []}
    labels = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / "labels.json").write_text(json.dumps(labels))
    return truth
