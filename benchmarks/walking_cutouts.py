"""Films of known people: cut-outs of labelled photographs that walk over the people-free part of
another photograph.

A cut-out is what lies near the limbs of a labelled person. Who is nearer (larger) covers who is
farther. The truth of a frame is the box around the joints of a person that can be seen.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

import cv2
import numpy as np
from cutouts import HEIGHT, WIDTH, Cutout

FPS = 50  # of a film; slower ones leave frames out
SECONDS = 6.0
MIN_JOINTS = 4  # that can be seen of a person who counts
MIN_SHARE = 0.3  # of the joints in the photograph, likewise
NOISE = 4.0  # standard deviation of the camera's noise, of 255
KINDS = ("cross", "leave", "behind", "run", "shake", "alike")


class Walker(NamedTuple):
    """Where a cut-out is over time."""

    cutout: Cutout
    path: np.ndarray  # (n, 4) time [s], x of the middle and y of the feet [px], scale


class Shot(NamedTuple):
    """A frame of a film, and who is where in it."""

    image: np.ndarray  # BGR (HEIGHT, WIDTH, 3) uint8
    boxes: Dict[int, Tuple[float, float, float, float]]  # walker -> x0, y0, x1, y1 [px]


def film(kind: str, cutouts: Sequence[Cutout], seed: int) -> List[Walker]:
    """Who walks how in a film of one of KINDS."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    chosen = [cutouts[i] for i in rng.permutation(len(cutouts))[:5]]
    if kind == "alike":
        chosen = [chosen[0], chosen[0], chosen[1], chosen[1]]
    return [Walker(cutout, _PATHS[kind](rng, number)) for number, cutout in enumerate(chosen)]


def _cross(rng, number):
    """To and fro from one end to the other, each at a speed of its own, the odd ones the other way."""
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
    "cross": _cross,
    "leave": _leave,
    "behind": _behind,
    "run": _run,
    "shake": _shake,
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
        most = np.array([WIDTH, HEIGHT]) // 4  # what the background has around the film
        return np.clip(cv2.GaussianBlur(np.cumsum(steps, 0), (1, 5), 1.0), -most, most)
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
