#!/usr/bin/env python3
"""A bag as an RGB-D camera would record it: photographs of people placed at known distances, with
the depth to it.

LABELS is a COCO keypoint file and IMAGES its folder. Each scene shows three people, standing at 2
to 4 m before a wall, as cardboard figures: their photographs, and depth where their bodies are,
with noise and holes. OUT.json gets the true joints.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import rosbag
import rospy
from sensor_msgs.msg import CameraInfo, Image

FOCAL = 525.0  # [px] as of a Kinect
SIZE = (480, 640)  # [px]
BODY = 1.7  # [m] height
WALL = 5.0  # [m]
ASIDE = (-0.75, 0.0, 0.75)  # [m] of the people at z = 3; scaled with the distance
NOISE = 0.01  # [m]
HOLES = 0.05  # share of the pixels without depth
FRAMES = 20  # of a scene
RATE = 10.0  # frames per second
LIMBS = (  # of COCO's 17 joints
    (5, 6),
    (5, 7),
    (7, 9),
    (6, 8),
    (8, 10),
    (5, 11),
    (6, 12),
    (11, 12),
    (11, 13),
    (13, 15),
    (12, 14),
    (14, 16),
    (0, 5),
    (0, 6),
    (5, 12),
    (6, 11),
    (1, 2),
    (3, 4),
)


def figures(labels, images):
    """(crop, (17, 3) joints in it) of people seen from head to foot with nobody else near."""
    data = json.loads(Path(labels).read_text())
    names = {i["id"]: i["file_name"] for i in data["images"]}
    for a in data["annotations"]:
        joints = np.array(a["keypoints"], float).reshape(17, 3)
        x, y, w, h = a["bbox"]
        tall = joints[[15, 16], 2].all() and joints[0, 2] and h > 1.6 * w and h > 200
        others = [
            b["bbox"] for b in data["annotations"] if b["image_id"] == a["image_id"] and b is not a
        ]
        alone = all(
            min(x + w, bx + bw) < max(x, bx) or min(y + h, by + bh) < max(y, by)
            for bx, by, bw, bh in others
        )
        if a["num_keypoints"] < 15 or not tall or not alone:
            continue
        image = cv2.imread(str(Path(images) / names[a["image_id"]]))
        x0 = int(max(0, x - 0.1 * w))
        y0 = int(max(0, y - 0.05 * h))
        crop = image[y0 : int(y + 1.05 * h), x0 : int(x + 1.1 * w)]
        yield crop, joints - (x0, y0, 0)


def place(image, depth, crop, joints, distance, aside):
    """Paste a figure at a distance [m] and aside [m]; its true joints (17, 3) [m], NaN where not
    labelled.
    """
    seen = joints[:, 2] > 0
    # from nose or eyes to the ankles
    scale = FOCAL * 0.93 * BODY / distance / np.ptp(joints[seen, 1])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=interpolation)
    height, width = crop.shape[:2]
    left = int(SIZE[1] / 2 + FOCAL * aside / distance - width / 2)
    top = (SIZE[0] - height) // 2
    x0 = max(0, left)
    x1 = min(SIZE[1], left + width)
    y0 = max(0, top)
    y1 = min(SIZE[0], top + height)
    image[y0:y1, x0:x1] = crop[y0 - top : y1 - top, x0 - left : x1 - left]
    xy = (joints[:, :2] + 0.5) * scale - 0.5 + (left, top)
    body = np.zeros(SIZE, np.uint8)
    for a, b in LIMBS:
        if seen[a] and seen[b]:
            start, end = (tuple(np.round(xy[i]).astype(int).tolist()) for i in (a, b))
            cv2.line(body, start, end, 255, int(0.1 * FOCAL / distance))
    depth[body > 0] = distance
    centre = ((SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2)
    points = np.column_stack([(xy - centre) / FOCAL * distance, np.full(17, distance)])
    points[~seen] = np.nan
    return points


def scenes(labels, images, count, rng):
    people = list(figures(labels, images))
    if len(people) < 3:
        raise SystemExit(f"only {len(people)} people seen from head to foot in {labels}")
    for _ in range(count):
        image = np.full((*SIZE, 3), 120, np.uint8)
        depth = np.full(SIZE, WALL)
        truth = []
        for aside, distance, k in zip(
            ASIDE, rng.uniform(2.6, 4.0, 3), rng.choice(len(people), 3, replace=False)
        ):
            truth.append(place(image, depth, *people[k], distance, aside * distance / 3))
        yield image, depth, truth


def to_message(image, encoding):
    height, width = image.shape[:2]
    step = image.strides[0]
    return Image(height=height, width=width, encoding=encoding, step=step, data=image.tobytes())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels")
    parser.add_argument("images")
    parser.add_argument("out", help="bag to write")
    parser.add_argument("--scenes", type=int, default=6)
    arguments = parser.parse_args()
    rng = np.random.default_rng(5)
    truth = {}
    stamp = 1000.0
    info = CameraInfo(height=SIZE[0], width=SIZE[1], distortion_model="plumb_bob", D=[0.0] * 5)
    centre = (SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2
    info.K = [FOCAL, 0, centre[0], 0, FOCAL, centre[1], 0, 0, 1]
    info.R = np.eye(3).ravel().tolist()
    info.P = [FOCAL, 0, centre[0], 0, 0, FOCAL, centre[1], 0, 0, 0, 1, 0]
    with rosbag.Bag(arguments.out, "w") as bag:
        for image, depth, people in scenes(
            arguments.labels, arguments.images, arguments.scenes, rng
        ):
            for _ in range(FRAMES):
                stamp += 1 / RATE
                now = rospy.Time.from_sec(stamp)
                measured = (1000 * (depth + rng.normal(0, NOISE, SIZE))).astype(np.uint16)
                measured[rng.random(SIZE) < HOLES] = 0
                messages = {
                    "color/image_raw": to_message(image, "bgr8"),
                    "aligned_depth_to_color/image_raw": to_message(measured, "16UC1"),
                    "color/camera_info": info,
                }
                for topic, msg in messages.items():
                    msg.header.stamp = now
                    msg.header.frame_id = "camera_color_optical_frame"
                    bag.write(f"/camera/{topic}", msg, now)
                truth[f"{now.to_nsec()}"] = [p.round(4).tolist() for p in people]
    Path(arguments.out).with_suffix(".json").write_text(json.dumps(truth))


if __name__ == "__main__":
    main()
