"""The only people that tests make: of known joints, so that the answers are known."""

import numpy as np

from lightweight_openpose.geometry.head import HEAD_INDICES
from lightweight_openpose.geometry.head_model import COMMON, HEAD_KEYPOINTS
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.pose_lines import Frame
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints

STRIDE = 8  # network px per cell of the maps

# Somebody who faces the camera with hanging arms [px], 54 wide and 179 high.
STANDING = {
    "nose": (100, 40),
    "neck": (100, 60),
    "right_shoulder": (80, 60),
    "right_elbow": (75, 95),
    "right_wrist": (73, 125),
    "left_shoulder": (120, 60),
    "left_elbow": (125, 95),
    "left_wrist": (127, 125),
    "right_hip": (88, 125),
    "right_knee": (87, 170),
    "right_ankle": (86, 215),
    "left_hip": (112, 125),
    "left_knee": (113, 170),
    "left_ankle": (114, 215),
    "right_eye": (95, 36),
    "left_eye": (105, 36),
    "right_ear": (90, 38),
    "left_ear": (110, 38),
}
HIPS = (100, 125)  # their middle [px]

# The same in metres, 1.70 m tall, about the middle of the torso: x to the person's left, y down,
# z away from the camera.
STANDING_3D = {
    "nose": (0, -0.62, -0.08),
    "neck": (0, -0.42, 0),
    "right_shoulder": (-0.19, -0.40, 0),
    "right_elbow": (-0.32, -0.15, 0.02),
    "right_wrist": (-0.36, 0.08, -0.12),
    "left_shoulder": (0.19, -0.40, 0),
    "left_elbow": (0.32, -0.15, 0.02),
    "left_wrist": (0.36, 0.08, -0.12),
    "right_hip": (-0.11, 0.09, 0),
    "right_knee": (-0.12, 0.50, 0.02),
    "right_ankle": (-0.12, 0.88, 0.05),
    "left_hip": (0.11, 0.09, 0),
    "left_knee": (0.12, 0.50, 0.02),
    "left_ankle": (0.12, 0.88, 0.05),
    "right_eye": (-0.03, -0.66, -0.06),
    "left_eye": (0.03, -0.66, -0.06),
    "right_ear": (-0.08, -0.64, 0.0),
    "left_ear": (0.08, -0.64, 0.0),
}


def standing(x=0.0, y=0.0, turn=0.0, size=1.0, **changes):
    """(18, 3) keypoints of STANDING, moved by x, y [px].

    turn: [rad] in the image about the hips; size: times as large; changes: other places of joints
    in STANDING, None: not found.
    """
    joints = {**STANDING, **changes}
    keypoints = missing_keypoints(18)
    for row, name in zip(keypoints, COCO18.keypoints):
        if joints[name] is not None:
            row[:] = (*joints[name], 0.8)
    keypoints[:, :2] = (keypoints[:, :2] - HIPS) @ _turned(turn).T + HIPS
    keypoints[:, :2] = keypoints[:, :2] * size + (x, y)
    return keypoints


# Beside the ankle of each side [px]: x away from the middle of the body, y down.
FEET = {"big_toe": (4, 10), "small_toe": (9, 9), "heel": (-1, 6)}


def standing_on_feet(x=0.0, y=0.0, size=1.0):
    """(25, 3) keypoints of standing() for skeleton body_25, with the feet."""
    body_25 = find_skeleton("body_25")
    keypoints = convert_keypoints(standing(x, y, size=size), COCO18, body_25)
    for side, outwards in (("right", -1), ("left", 1)):
        ankle = keypoints[body_25.index(f"{side}_ankle"), :2]
        for name, (across, down) in FEET.items():
            place = ankle + np.array([outwards * across, down]) * size
            keypoints[body_25.index(f"{side}_{name}")] = (*place, 0.8)
    return keypoints


def _turned(angle):
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def person(x=0.0, y=0.0, score=0.8, track_id=-1, only=COCO18.keypoints):
    """Pose of STANDING moved by x, y [px]; only: names of the joints that were found."""
    hidden = dict.fromkeys(set(COCO18.keypoints) - set(only))
    return Pose(standing(x, y, **hidden), score, track_id)


def mirrored(keypoints, width):
    """(18, 3) keypoints of the same people in the mirror image of this width [px]."""
    moved = keypoints.copy()
    moved[:, 0] = width - 1 - moved[:, 0]
    return moved[list(COCO18.flip_permutation)]


class InHalves:
    """What a stand-in for a PoseEstimator that is called needs for being called in two halves."""

    backend = None

    def input_of(self, image, **_):
        """The image stands for the network's input, and for what the network says of it."""
        return image

    def look(self, image, backend=None):
        return image

    def people(self, image):
        return self(image)

    def complete(self, image, poses, before=()):
        return poses


class Sees:
    """An estimator that finds the same people in every picture, and remembers the pictures."""

    skeleton = COCO18

    def __init__(self, *keypoints):
        self.poses = [Pose(k, 0.9) for k in keypoints]
        self.pictures = []

    def __call__(self, image):
        self.pictures.append(image)
        return self.poses


def clip(poses, start=0.0):
    """Frames of 640 x 480 px, ten a second from start [s] on, with the poses of each."""
    return [Frame(i, start + i / 10, 640, 480, COCO18.name, p) for i, p in enumerate(poses)]


def body(distance, turn=0.0, aside=0.0):
    """(18, 3) joints of STANDING_3D in the optical frame [m].

    distance: along the axis; turn: [rad] about the vertical; aside: [m] to the right.
    """
    cosine, sine = np.cos(turn), np.sin(turn)
    about_y = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    joints = np.array([STANDING_3D[name] for name in COCO18.keypoints], float)
    return joints @ about_y + (aside, 0, distance)


def seen(points, camera, score=0.8, noise=0):
    """(K, 3) keypoints of points (K, 3) [m] in the optical frame; noise: (K, 2) [px]."""
    keypoints = missing_keypoints(len(points))
    keypoints[:, :2] = camera.project(points) + noise
    keypoints[:, 2] = score
    return keypoints


def placed(model, angles, position):
    """Points [m] of a model in the optical frame; angles: yaw, pitch, roll [deg]."""
    rotation = rotation_from_angles(*np.radians(angles), position)
    return np.asarray(model, float) @ rotation.T + position


def head_points(angles, position):
    """(5, 3) joints [m] on a head as networks find them on one with these angles [deg] there."""
    return COMMON.at(rotation_from_angles(*np.radians(angles), position), np.array(position, float))


def face(angles, position, camera, leave_out=(), noise=0):
    """(18, 3) keypoints of a head with these yaw, pitch, roll [deg] at a position [m].

    leave_out: names of its joints that are not found; noise: (5, 2) [px].
    """
    keypoints = missing_keypoints(18)
    points = head_points(angles, position)
    keypoints[list(HEAD_INDICES)] = seen(placed(points, angles, position), camera, 0.9, noise)
    hidden = [COCO18.index(name) for name in HEAD_KEYPOINTS if name in leave_out]
    keypoints[hidden] = missing_keypoints(len(hidden))
    return keypoints


def maps_of(people, skeleton=COCO18, size=(60, 80), sigma=1.0):
    """Ideal heatmaps (K+1, h, w) and PAFs (2L, h, w) of people.

    people: (K, 2 or more) joints [network px], NaN where absent; size: h, w; sigma: of a joint
    [cells].
    """
    heatmaps = np.zeros((skeleton.num_heatmaps, *size), np.float32)
    pafs = np.zeros((skeleton.num_pafs, *size), np.float32)
    for joints in people:
        cells = (np.asarray(joints, float)[:, :2] + 0.5) / STRIDE - 0.5
        for heatmap, cell in zip(heatmaps, cells):
            if np.isfinite(cell).all():
                np.maximum(heatmap, _blob(cell, size, sigma), out=heatmap)
        for i, (a, b) in enumerate(skeleton.limbs):
            if np.isfinite(cells[[a, b]]).all():
                _draw_limb(pafs[2 * i : 2 * i + 2], cells[a], cells[b])
    return heatmaps, pafs


def _blob(cell, size, sigma):
    ys, xs = np.mgrid[: size[0], : size[1]]
    distance2 = (xs - cell[0]) ** 2 + (ys - cell[1]) ** 2
    return np.exp(-distance2 / (2 * sigma**2)).astype(np.float32)


def _draw_limb(paf, start, end):
    """The unit vector from start to end on the cells of a PAF (2, h, w) near the limb."""
    ys, xs = np.mgrid[: paf.shape[1], : paf.shape[2]]
    length = np.linalg.norm(end - start)
    unit = (end - start) / length
    along = (xs - start[0]) * unit[0] + (ys - start[1]) * unit[1]
    across = np.abs((xs - start[0]) * unit[1] - (ys - start[1]) * unit[0])
    on = (along >= -1) & (along <= length + 1) & (across <= 1)
    paf[:, on] = unit[:, None]
