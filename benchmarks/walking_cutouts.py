"""Films of known people: cut-outs of labelled photographs that walk over the people-free part of
another photograph.

A cut-out is what lies near the limbs of a labelled person. Who is nearer (larger) covers who is
farther. The truth of a frame is the box around the joints of a person that can be seen.
"""
from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

import cv2
import numpy as np

from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18

WIDTH, HEIGHT = 640, 360  # px of a film
FPS = 50  # of a film; slower ones leave frames out
SECONDS = 6.0
TALL = 200  # px from head to foot of a cut-out at scale 1
MIN_JOINTS = 4  # that can be seen of a person who counts
MIN_SHARE = 0.3  # of the joints in the photograph, likewise
NOISE = 4.0  # standard deviation of the camera's noise, of 255
KINDS = ("cross", "leave", "behind", "run", "shake", "alike")
_COCO17 = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle"
).split()


class Cutout(NamedTuple):
    """Somebody of a photograph, TALL px high."""

    image: np.ndarray  # BGR (h, w, 3) uint8
    mask: np.ndarray  # (h, w) in [0, 1]
    joints: np.ndarray  # (18, 3) [px of the image]


class Walker(NamedTuple):
    """Where a cut-out is over time."""

    cutout: Cutout
    path: np.ndarray  # (n, 4) time [s], x of the middle and y of the feet [px], scale


class Shot(NamedTuple):
    """A frame of a film, and who is where in it."""

    image: np.ndarray  # BGR (HEIGHT, WIDTH, 3) uint8
    boxes: Dict[int, Tuple[float, float, float, float]]  # walker -> x0, y0, x1, y1 [px]


def joints_of(annotation) -> np.ndarray:
    """(18, 3) joints of COCO18 of a COCO annotation with 17 keypoints."""
    given = dict(zip(_COCO17, np.reshape(annotation["keypoints"], (17, 3)).astype(float)))
    joints = missing_keypoints(18)
    for row, name in zip(joints, COCO18.keypoints):
        x, y, label = given.get(name, (0, 0, 0))
        if label:
            row[:] = x, y, 1
    shoulders = joints[[COCO18.index("right_shoulder"), COCO18.index("left_shoulder")]]
    if shoulders[:, 2].all():
        joints[COCO18.index("neck")] = shoulders.mean(0)
    return joints


def cut_out(image: np.ndarray, joints: np.ndarray) -> Cutout:
    """What is near the limbs of (18, 3) joints in an image."""
    seen = joints[:, 2] > 0
    low, high = joints[seen, :2].min(0), joints[seen, :2].max(0)
    tall = high[1] - low[1]
    mask = np.zeros(image.shape[:2], np.uint8)
    for limb in COCO18.limbs:
        if seen[list(limb)].all():
            ends = [tuple(int(v) for v in joints[i, :2]) for i in limb]
            cv2.line(mask, *ends, 255, max(3, int(0.1 * tall)))
    torso = [COCO18.index(f"{a}_{b}") for a, b in
             (("right", "shoulder"), ("left", "shoulder"), ("left", "hip"), ("right", "hip"))]
    cv2.fillConvexPoly(mask, joints[torso, :2].astype(np.int32), 255)
    head = joints[COCO18.index("nose"), :2] - (0, 0.02 * tall)
    cv2.circle(mask, tuple(int(v) for v in head), max(2, int(0.08 * tall)), 255, -1)
    margin = 0.12 * tall
    x0, y0 = np.maximum(low - margin, 0).astype(int)
    x1, y1 = (high + margin).astype(int)
    scale = TALL / tall
    soft = cv2.GaussianBlur(mask, (0, 0), 0.01 * tall + 0.5)[y0:y1, x0:x1]
    moved = joints.copy()
    moved[:, :2] = (joints[:, :2] - (x0, y0)) * scale
    resized = cv2.resize(image[y0:y1, x0:x1], None, fx=scale, fy=scale)
    return Cutout(resized, cv2.resize(soft, resized.shape[1::-1]) / np.float32(255), moved)


def good_cutouts(document: dict, read) -> List[Cutout]:
    """Of people seen from head to foot whom nobody overlaps. read: file name -> BGR image."""
    names = {image["id"]: image["file_name"] for image in document["images"]}
    made = []
    for entry in document["annotations"]:
        joints = joints_of(entry)
        whole = ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_ankle",
                 "right_ankle")
        others = [e["bbox"] for e in document["annotations"]
                  if e["image_id"] == entry["image_id"] and e is not entry]
        x, y, w, h = entry["bbox"]
        upright = 1.5 * w < h and h > 150
        alone = not any(_overlap((x, y, w, h), other) > 0.05 for other in others)
        if upright and alone and joints[[COCO18.index(name) for name in whole], 2].all():
            made.append(cut_out(read(names[entry["image_id"]]), joints))
    return made


def _overlap(a, b) -> float:
    """Share of box a (x, y, w, h) that b covers."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(across, 0) * max(down, 0) / (a[2] * a[3])


def backgrounds(document: dict, read, count: int) -> List[np.ndarray]:
    """The largest people-free parts of photographs, wider than a film by its half, BGR."""
    found = []
    for image in document["images"]:
        boxes = [e["bbox"] for e in document["annotations"] if e["image_id"] == image["id"]]
        part = _free_part(image["width"], image["height"], boxes)
        if part is not None:
            found.append((part[2], image["file_name"], part))
    found.sort(key=lambda item: (-item[0], item[1]))
    size = (3 * WIDTH // 2, 3 * HEIGHT // 2)
    return [
        cv2.resize(read(name)[y : y + h, x : x + w], size)
        for _, name, (x, y, w, h) in found[:count]
    ]


def _free_part(width, height, boxes):
    """x, y, width, height of the largest 16:9 part without a box, or None."""
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        w = int(width * share)
        h = w * HEIGHT // WIDTH
        for x in range(0, width - w + 1, 20):
            for y in range(0, height - h + 1, 20):
                if not any(_overlap((x, y, w, h), box) > 0 for box in boxes):
                    return x, y, w, h
    return None


def film(kind: str, cutouts: Sequence[Cutout], seed: int) -> List[Walker]:
    """Who walks how in a film of one of KINDS."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    chosen = [cutouts[i] for i in rng.permutation(len(cutouts))[:5]]
    if kind == "alike":
        chosen = [chosen[0], chosen[0], chosen[1], chosen[1]]
    return [
        Walker(cutout, _PATHS[kind](rng, number)) for number, cutout in enumerate(chosen)
    ]


def _cross(rng, number):
    """To and fro from one end to the other, each at a speed of its own, the odd ones the other way.
    """
    return _to_and_fro(rng.uniform(90, 180), number, 300 + 12 * number, 0.8 + 0.1 * number)


def _leave(rng, number):
    """Out of the picture, for 0.5 to 2 s, and in again on the same side."""
    y, scale = 300 + 12 * number, 0.8 + 0.1 * number
    side = -70 if number % 2 else WIDTH + 70
    inside = rng.uniform(150, WIDTH - 150)
    out = rng.uniform(1.0, 2.5)
    back = out + rng.uniform(0.5, 2.0)
    return _straight([0, out, back, SECONDS], [inside, side, side, inside], y, scale)


def _behind(rng, number):
    """Two stand in front, the others go behind them and wait there before they go on."""
    if number < 2:
        x = 200 + 240 * number
        return _straight([0, SECONDS], [x, x + rng.uniform(-15, 15)], 350, 1.3)
    x, end = (40, WIDTH - 40)[:: 1 if number % 2 else -1]
    stop = 200 if number == 3 else 440
    come = rng.uniform(1.5, 2.5)
    wait = come + rng.uniform(0.5, 1.5)
    return _straight([0, come, wait, SECONDS], [x, stop, stop, end], 290 + 5 * number, 0.8)


def _run(rng, number):
    """As those who cross, at about two body lengths a second."""
    return _to_and_fro(rng.uniform(250, 400), number, 290 + 14 * number, 0.7 + 0.1 * number)


def _shake(rng, number):
    """To and fro near one place; the camera shakes."""
    x = 90 + 115 * number
    steps = x + rng.uniform(-70, 70, 5)
    return _straight(np.linspace(0, SECONDS, 5), steps, 300 + 10 * number, 0.7 + 0.08 * number)


_PATHS = {
    "cross": _cross, "leave": _leave, "behind": _behind, "run": _run, "shake": _shake,
    "alike": _cross,
}


def _to_and_fro(speed, number, y, scale):
    """Paths that start beside each other. speed: [px/s]."""
    low, high = 50.0, WIDTH - 50.0
    length = high - low
    times = np.arange(0, SECONDS + 0.1, 0.1)
    way = 130 * number + speed * times * (-1 if number % 2 else 1)
    return _straight(times, low + length - np.abs(way % (2 * length) - length), y, scale)


def _straight(times, x, y, scale):
    path = np.empty((len(times), 4))
    path[:, 0], path[:, 1], path[:, 2], path[:, 3] = times, x, y, scale
    return path


def camera_path(kind: str, seed: int) -> np.ndarray:
    """(n, 2) px by which the camera of a film has moved in each frame."""
    rng = np.random.default_rng([seed, 99])
    frames = int(SECONDS * FPS)
    if kind == "shake":  # as of a hand: some px in each frame, and some turns by many
        steps = rng.normal(0, 2.5, (frames, 2)) + 6 * (rng.random((frames, 1)) < 0.06) * (
            rng.normal(0, 1, (frames, 2))
        )
        return np.clip(cv2.GaussianBlur(np.cumsum(steps, 0), (1, 5), 1.0), -100, 100)
    if kind == "run":  # a slow pan
        return np.stack([60 * np.sin(np.arange(frames) / FPS), np.zeros(frames)], axis=1)
    return np.zeros((frames, 2))


def shots(walkers: Sequence[Walker], background: np.ndarray, camera: np.ndarray, seed: int = 0):
    """The frames of a film as Shots. camera: (n, 2) px per frame."""
    rng = np.random.default_rng([seed, 7])
    noise = rng.normal(0, NOISE, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)
    for number, (dx, dy) in enumerate(camera):
        left, top = int(WIDTH / 4 + dx), int(HEIGHT / 4 + dy)
        image = background[top : top + HEIGHT, left : left + WIDTH].astype(np.float32)
        boxes = _paint(image, walkers, number / FPS, (dx, dy))
        y, x = rng.integers(0, 64, 2)
        image += noise[y : y + HEIGHT, x : x + WIDTH]
        yield Shot(np.clip(image, 0, 255).astype(np.uint8), boxes)


def _paint(image, walkers, time, camera):
    """Draw the walkers, the farthest first; their boxes."""
    placed = []
    for walker in walkers:
        x, y, scale = (np.interp(time, walker.path[:, 0], walker.path[:, i]) for i in (1, 2, 3))
        bob = 2 * np.sin(2 * np.pi * 1.8 * time + x / 50)
        placed.append((x - camera[0], y + bob - camera[1], scale))
    covers = []
    for i in np.argsort([scale for *_, scale in placed], kind="stable"):
        covers.append((int(i), *_draw(image, walkers[i].cutout, *placed[i])))
    boxes = {}
    for rank, (i, _, joints) in enumerate(covers):
        nearer = [mask for _, mask, _ in covers[rank + 1 :]]
        box = _visible_box(joints, nearer)
        if box is not None:
            boxes[i] = box
    return boxes


def _draw(image, cutout, x, y, scale):
    """Blend a cut-out in, its feet at x, y; its mask over the film, and its joints there."""
    feet = cutout.joints[cutout.joints[:, 2] > 0, 1].max()
    middle = np.nanmean(cutout.joints[:, 0])
    shift = np.array([x - scale * middle, y - scale * feet])
    low = np.clip(shift.astype(int) - 1, 0, (WIDTH, HEIGHT))
    extent = scale * np.array(cutout.mask.shape[::-1])
    high = np.clip((shift + extent).astype(int) + 2, low, (WIDTH, HEIGHT))
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    if (high > low).all():
        warp = np.array([[scale, 0, shift[0] - low[0]], [0, scale, shift[1] - low[1]]])
        size = tuple(int(v) for v in high - low)
        part = slice(low[1], high[1]), slice(low[0], high[0])
        mask[part] = cv2.warpAffine(cutout.mask, warp, size)
        drawn = cv2.warpAffine(cutout.image, warp, size)
        image[part] += mask[part][..., None] * (drawn - image[part])
    joints = cutout.joints.copy()
    joints[:, :2] = scale * cutout.joints[:, :2] + shift
    return mask, joints


def _visible_box(joints, nearer):
    """x0, y0, x1, y1 of the joints in the picture that no nearer mask covers, or None."""
    xy = joints[joints[:, 2] > 0, :2]
    inside = ((xy >= 0) & (xy <= (WIDTH - 1, HEIGHT - 1))).all(1)
    shown = inside.copy()
    for k in np.flatnonzero(inside):
        column, row = xy[k].astype(int)
        shown[k] = not any(mask[row, column] > 0.5 for mask in nearer)
    if shown.sum() < max(MIN_JOINTS, MIN_SHARE * len(xy)):
        return None
    return (*xy[shown].min(0), *xy[shown].max(0))
