#!/usr/bin/env python3
"""The moving picture of the first page: people of a clip with ids and heads, and beside it the same
people in metres, as pose_3d_node places them when it knows nothing but how tall people are.

doc/people.webp is Sports2D/Demo/demo.mp4 of the Python package sports2d, whose focal length is
known: --start 1 --end 7.1 --fov 38.7 --floor 1.9 --far 10
"""

import argparse
from collections import deque
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from lightweight_openpose.display.colors import limb_colors
from lightweight_openpose.display.drawing import (
    DrawnHead,
    count_people,
    draw_poses,
    draw_status,
    id_color,
)
from lightweight_openpose.display.labels import Box, Labels
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.body import body_position
from lightweight_openpose.geometry.camera import Camera, head_axes
from lightweight_openpose.geometry.head_distance import on_body
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.geometry.lifting import guess_distance, lift_flat
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.per_track import PerTrack
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.sources import Source

BODY = 1.7  # m, the height that people are assumed to have
STEADY = 90  # frames whose median distance a body is drawn at
WIDTHS = (640, 420)  # px of the clip and of the view beside it
UNCHANGED = 14  # of 255; a pixel that differs less from before is noise, which would cost bytes
ARROW = 0.6  # m
BACKGROUND = (48, 48, 48)
GRID = (95, 95, 95)


class Bodies:
    """People in metres by the height that they are assumed to have."""

    def __init__(self):
        self._distances = PerTrack(lambda: deque(maxlen=STEADY))

    def of(self, poses, camera, stamp):
        """{track id: (18, 4) joints [m]}."""
        self._distances.at(stamp)
        found = {}
        for pose in poses:
            if pose.track_id < 0:
                continue
            distances = self._distances[pose.track_id]
            distance = guess_distance(pose, camera, COCO18, BODY)
            if distance is not None and np.isfinite(distance):
                distances.append(distance)
            if distances:
                found[pose.track_id] = lift_flat(pose, float(np.median(distances)), camera)
        return found


class View:
    """Looks at the people from beside and above the camera that sees them."""

    def __init__(self, size, floor, far):
        """size: width, height [px]; floor: [m] below the camera; far: [m] to the people."""
        self._size = size
        self._floor = floor
        self._rows = int(1.5 * far)
        self._camera = Camera.assumed_for(*size, np.radians(38))
        eye = far * np.array([0.62, -0.22, 0.1])
        forward = far * np.array([0.05, -0.01, 1.0]) - eye
        forward /= np.linalg.norm(forward)
        right = np.cross((0, 1, 0), forward)
        right /= np.linalg.norm(right)
        self._rotation = np.vstack([right, np.cross(forward, right), forward])
        self._eye = eye

    def draw(self, bodies, heads):
        """Image of bodies {track id: (18, 4)} and heads {track id: Orientation} [m]."""
        image = np.full((*self._size[::-1], 3), BACKGROUND, np.uint8)
        self._draw_floor(image)
        for track_id in sorted(bodies, key=lambda i: -np.nanmean(bodies[i][:, 2])):
            self._draw_body(image, bodies[track_id], track_id)
        for track_id in heads.keys() & bodies.keys():
            self._draw_arrow(image, heads[track_id], bodies[track_id])
        labels = Labels(image)
        for track_id, points in sorted(bodies.items()):
            pixels = self._pixels(points[np.isfinite(points[:, 2]), :3])
            corner = pixels.min(0)
            text = f"id {track_id}: {body_position(points, COCO18)[2]:.1f} m"
            labels.tag(text, Box(*corner, *(pixels.max(0) - corner)), id_color(track_id))
        return image

    def _pixels(self, points):
        return self._camera.project((np.asarray(points, float) - self._eye) @ self._rotation.T)

    def _line(self, image, ends, color, width):
        start, end = (tuple(np.round(pixel).astype(int).tolist()) for pixel in self._pixels(ends))
        cv2.line(image, start, end, color, width, cv2.LINE_AA)

    def _draw_floor(self, image):
        for at in range(-5, 6):
            ends = [(at, self._floor, self._rows // 2), (at, self._floor, self._rows)]
            self._line(image, ends, GRID, 1)
        for at in range(self._rows // 2, self._rows + 1):
            self._line(image, [(-5, self._floor, at), (5, self._floor, at)], GRID, 1)

    def _draw_body(self, image, points, track_id):
        known = np.isfinite(points[:, 2])
        middle = body_position(points, COCO18)
        self._line(image, [middle, (middle[0], self._floor, middle[2])], GRID, 1)
        for (a, b), color in zip(COCO18.limbs, limb_colors(COCO18)):
            if known[a] and known[b]:
                self._line(image, points[[a, b], :3], color, 2)
        for pixel in np.round(self._pixels(points[known, :3])).astype(int).tolist():
            cv2.circle(image, tuple(pixel), 2, id_color(track_id), -1, cv2.LINE_AA)

    def _draw_arrow(self, image, head, points):
        start = on_body(head.translation, points, body_position(points, COCO18), COCO18)
        ends = self._pixels([start, start + ARROW * head.rotation[:, 0]])
        start, end = (tuple(np.round(pixel).astype(int).tolist()) for pixel in ends)
        cv2.arrowedLine(image, start, end, (0, 200, 255), 2, cv2.LINE_AA, tipLength=0.3)


def steadied(image, before):
    """The image with the pixels of the one before where they hardly differ."""
    if before is None:
        return image
    difference = cv2.blur(cv2.absdiff(image, before).max(2), (3, 3))
    return np.where((difference < UNCHANGED)[:, :, None], before, image)


def drawn(image, poses, heads, scale, camera):
    """A frame scaled down, with poses and heads {track id: Orientation} on it."""
    smaller = []
    for pose in poses:
        keypoints = pose.keypoints.copy()
        keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
        smaller.append(Pose(keypoints, pose.score, pose.track_id))
    axes = []
    for head in heads.values():
        ends = head_axes(head.rotation, head.translation, camera, 0.3)
        if ends is not None:
            axes.append(DrawnHead(*ends, f"yaw {round(np.degrees(head.yaw)):+d}"))
    draw_poses(image, smaller, COCO18, axes)
    draw_status(image, count_people(len(poses)))


def frames(estimator, options):
    """RGB pictures of the seconds from start to end of a clip."""
    fov = np.radians(options.fov)
    tracker, all_heads, all_bodies = Tracker(COCO18), HeadTracker(COCO18), Bodies()
    before = None
    for number, frame in enumerate(tqdm(Source(str(options.clip)), unit="frame")):
        image = frame.image
        stamp = frame.time
        if stamp >= options.end:
            break
        height, width = image.shape[:2]
        scale = WIDTHS[0] / width
        camera = Camera.assumed_for(width, height, fov)
        poses = tracker.update(estimator(image), stamp, image)
        answers = all_heads.update(poses, camera, stamp, estimator.model)
        heads = {
            pose.track_id: head
            for pose, (head, _) in zip(poses, answers)
            if head is not None and pose.track_id >= 0
        }
        bodies = all_bodies.of(poses, camera, stamp)
        if stamp < options.start or number % options.every:
            continue
        size = (WIDTHS[0], round(height * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        before = steadied(small, before)
        left = before.copy()
        drawn(left, poses, heads, scale, Camera.assumed_for(*size, fov))
        view = View((WIDTHS[1], size[1]), options.floor, options.far)
        right = view.draw(bodies, heads)
        draw_status(right, f"in metres, by people of {BODY} m")
        yield cv2.cvtColor(np.hstack([left, right]), cv2.COLOR_BGR2RGB)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path, help="video of a camera that stands still")
    parser.add_argument("out", type=Path, help="WebP to write")
    parser.add_argument("--start", type=float, default=0.0, help="s")
    parser.add_argument("--end", type=float, default=8.0, help="s")
    parser.add_argument("--every", type=int, default=2, help="take each n-th frame")
    parser.add_argument("--rate", type=float, default=15.0, help="frames per second of the picture")
    parser.add_argument("--fov", type=float, default=60.0, help="deg, of the clip, horizontal")
    parser.add_argument("--floor", type=float, default=1.6, help="m below the camera")
    parser.add_argument("--far", type=float, default=6.0, help="m from the camera to the people")
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=368, help="px of the network's input")
    parser.add_argument("--quality", type=int, default=70, help="0..100")
    arguments = parser.parse_args()
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    images = [Image.fromarray(frame) for frame in frames(estimator, arguments)]
    images[0].save(
        arguments.out,
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / arguments.rate),
        loop=0,
        quality=arguments.quality,
        method=4,
    )
    size = arguments.out.stat().st_size / 1e6
    print(f"{len(images)} frames, {len(images) / arguments.rate:.1f} s, {size:.2f} MB")


if __name__ == "__main__":
    main()
