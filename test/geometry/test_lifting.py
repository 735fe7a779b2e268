"""Joints in metres from rendered depth images of a body made of known parts."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.body import Motion, body_position, torso_rotation
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.group_lifting import lift_groups
from lightweight_openpose.geometry.lifting import guess_distance, lift, lift_flat
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from people import body, seen

MATRIX = np.array([[525, 0, 319.5], [0, 525, 239.5], [0, 0, 1.0]])
CAMERA = Camera(MATRIX)
SIZE = (480, 640)  # height, width [px]
THICK = {"wrist": 0.03, "elbow": 0.04, "knee": 0.05, "ankle": 0.04, "eye": 0.04, "ear": 0.04}  # m
TRUNK = ((2, 8), (5, 11), (8, 11), (2, 11), (5, 8))  # shoulders and hips


def scene(bodies, wall=4.0):
    """(H, W) depth [m] of bodies before a wall, drawn as limbs of a person's thickness."""
    depth = np.full(SIZE, wall, np.float32)
    for joints in bodies:
        for limb in COCO18.limbs + TRUNK:
            depth = np.minimum(depth, limb_depth(joints, limb))
    return depth


def limb_depth(joints, limb):
    """(H, W) depth [m] of a limb, infinite elsewhere: discs from the far end to the near one."""
    xy = CAMERA.project(joints)
    radius = min(THICK.get(COCO18.keypoints[i].split("_")[-1], 0.08) for i in limb)
    near, far = sorted(limb, key=lambda i: joints[i, 2])
    depth = np.full(SIZE, np.inf, np.float32)
    for t in np.linspace(0, 1, 60):
        x, y = np.round(xy[far] * (1 - t) + xy[near] * t).astype(int).tolist()
        z = joints[far, 2] * (1 - t) + joints[near, 2] * t
        cv2.circle(depth, (x, y), int(MATRIX[0, 0] * radius / z), float(z), -1)
    return depth


def visible(joints, depth):
    """(18,) whether the surface at the joint's pixel is the joint's own."""
    pixels = np.round(CAMERA.project(joints)).astype(int)
    x, y = np.clip(pixels, 0, (SIZE[1] - 1, SIZE[0] - 1)).T
    return np.abs(depth[y, x] - joints[:, 2]) < 0.015


def pose_of(joints, noise=0.0):
    """Pose of a body; noise: standard deviation [px]."""
    return Pose(seen(joints, CAMERA, noise=np.random.default_rng(0).normal(0, noise, (18, 2))), 0.8)


@pytest.mark.parametrize("distance, turn", [(2.5, 0.0), (3.0, 0.0), (3.0, 0.5), (3.0, -0.6)])
def test_joints_are_within_2_cm_and_none_is_on_the_wall_behind(distance, turn):
    joints = body(distance, turn)
    depth = scene([joints], wall=distance + 0.8)
    points = lift(pose_of(joints, 0.5), depth, CAMERA, COCO18)
    error = np.linalg.norm(points[:, :3] - joints, axis=1)
    shown = visible(joints, depth)
    assert shown.sum() >= 12 and (error[shown] < 0.02).all()
    # Other parts of the body cover the rest.
    assert (points[:, 2] < distance + 0.4).all() and (error < 0.15).all()
    np.testing.assert_allclose(points[:, 3], 0.8)


def test_joints_behind_something_nearer_are_missing_not_on_it():
    joints = body(3.0)
    depth = scene([joints])
    depth[300:] = 1.5  # a table before the legs
    points = lift(pose_of(joints), depth, CAMERA, COCO18)
    hidden = CAMERA.project(joints)[:, 1] > 302
    assert hidden.sum() >= 4
    assert np.isnan(points[hidden, :3]).all()
    assert (np.abs(points[~hidden, 2] - joints[~hidden, 2]) < 0.1).all()


def test_joints_that_miss_the_body_do_not_put_all_of_it_on_the_wall():
    joints = body(3.0)
    keypoints = seen(joints, CAMERA)
    keypoints[[4, 7, 14], :2] += (60, -40)  # found beside the body
    points = lift(Pose(keypoints, 0.8), scene([joints], wall=3.6), CAMERA, COCO18)
    others = [i for i in range(18) if i not in (4, 7, 14)]
    assert (np.abs(points[others, 2] - joints[others, 2]) < 0.1).all()


def test_two_people_one_behind_the_other():
    near = body(2.0, aside=-0.15)
    far = body(3.5, aside=0.25)
    depth = scene([near, far])
    for joints in (near, far):
        points = lift(pose_of(joints), depth, CAMERA, COCO18)
        known = np.isfinite(points[:, 2])
        assert known.sum() >= 8 and (np.abs(points[known, 2] - joints[known, 2]) < 0.1).all()


@pytest.mark.parametrize("hole", [np.nan, 0.0, np.inf, -np.inf])
def test_holes_in_the_depth_give_nan_not_zero(hole):
    joints = body(3.0)
    depth = scene([joints])
    x, y = np.round(CAMERA.project(joints)[4]).astype(int)
    depth[y - 30 : y + 31, x - 30 : x + 31] = hole
    points = lift(pose_of(joints), depth, CAMERA, COCO18)
    assert np.isnan(points[4, :3]).all() and points[4, 3] == pytest.approx(0.8)
    assert abs(points[3, 2] - joints[3, 2]) < 0.05
    nothing = lift(pose_of(joints), np.full_like(depth, hole), CAMERA, COCO18)
    assert np.isnan(nothing[:, :3]).all()


def test_joints_outside_the_depth_image_and_not_found():
    joints = body(1.2)  # the feet are below the image
    keypoints = seen(joints, CAMERA)
    keypoints[7] = missing_keypoints(1)
    points = lift(Pose(keypoints, 0.8), scene([joints]), CAMERA, COCO18)
    below = CAMERA.project(joints)[:, 1] > 500
    assert below.sum() >= 2 and np.isnan(points[below, :3]).all() and np.isnan(points[7, :3]).all()


def test_rays_undo_the_distortion():
    distortion = np.array([0.1, -0.05, 0.001, 0.002, 0.0])
    points = np.array([[0.3, -0.2, 1.0], [-0.4, 0.3, 1.0]])
    origin = np.zeros(3)
    pixels = cv2.projectPoints(points, origin, origin, MATRIX, distortion)[0].reshape(-1, 2)
    rays = Camera(MATRIX, distortion).rays(pixels)
    np.testing.assert_allclose(rays, points[:, :2], atol=1e-4)
    assert np.isnan(CAMERA.rays(np.full((1, 2), np.nan))).all()


@pytest.mark.parametrize("turn", [0.0, 0.9, np.pi])
def test_torso_frame(turn):
    joints = np.column_stack([body(3.0, turn), np.ones(18)])
    rotation = torso_rotation(joints, COCO18)
    forward = (-np.sin(turn), 0, -np.cos(turn))  # the chest faces the camera at turn 0
    np.testing.assert_allclose(rotation[:, 0], forward, atol=0.05)
    np.testing.assert_allclose(rotation[:, 2], (0, -1, 0), atol=0.05)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(body_position(joints, COCO18), (0, -0.16, 3.0), atol=0.02)
    joints[1, :3] = np.nan
    assert torso_rotation(joints, COCO18) is None


def test_velocity():
    motion = Motion()
    assert np.isnan(motion.update(np.array([0, 0, 3.0]), 10.0)).all()
    for i in range(1, 30):
        velocity = motion.update(np.array([0.05 * i, 0, 3.0]), 10.0 + i / 20)
    np.testing.assert_allclose(velocity, (1, 0, 0), atol=1e-6)
    np.testing.assert_allclose(motion.update(np.full(3, np.nan), 11.5), (1, 0, 0), atol=1e-6)
    assert np.isnan(motion.update(np.array([0, 0, 3.0]), 20.0)).all()  # long out of sight
    assert np.isnan(motion.update(np.array([0, 0, 3.0]), 5.0)).all()  # time went back


@pytest.mark.parametrize("turn", [0.0, 0.7, 1.5])
def test_distance_from_the_size_of_the_torso(turn):
    pose = pose_of(body(3.0, turn))
    distance = guess_distance(pose, CAMERA, COCO18, 1.70)
    assert distance == pytest.approx(3.0, rel=0.1)
    points = lift_flat(pose, distance, CAMERA)
    np.testing.assert_allclose(points[:, 2], distance, rtol=1e-6)
    assert guess_distance(Pose(missing_keypoints(18), 0.1), CAMERA, COCO18, 1.7) is None


FINGERS = [(0.02 * finger - 0.04, 0.04 + 0.03 * j) for finger in range(5) for j in range(4)]
FAN = np.array([(0.0, 0.0), *FINGERS])  # m from the wrist


def hand_before(wall, at=1.5, gap=()):
    """Pose of somebody with a flat right hand [m] at a distance, its points, and a depth image.

    gap: joints of the hand beside which the wall is seen.
    """
    joints = np.column_stack([FAN + (0.1, -0.1), np.full(21, at)])
    depth = np.full(SIZE, wall, np.float32)
    for i in set(range(21)) - set(gap):
        x, y = np.round(CAMERA.project(joints[i : i + 1])[0]).astype(int).tolist()
        cv2.circle(depth, (x, y), 4, at, -1)
    return Pose(missing_keypoints(18), 0.8, right_hand=seen(joints, CAMERA)), joints, depth


def lifted(pose, depth, wrist):
    points = np.full((18, 4), np.nan)
    points[COCO18.index("right_wrist"), 2] = wrist
    return lift_groups(pose, points, COCO18, lambda hand, of: lift(hand, depth, CAMERA, of))


@pytest.mark.parametrize("wrist", [1.5, np.nan])
def test_a_hand_is_in_metres_where_it_is_and_no_finger_on_the_wall(wrist):
    pose, joints, depth = hand_before(1.9, gap=(4, 8))
    ((name, right),) = lifted(pose, depth, wrist).items()
    assert name == "right_hand" and right.shape == (21, 4)
    there = np.setdiff1d(np.arange(21), (4, 8))
    assert np.abs(right[there, :3] - joints[there]).max() < 0.005
    assert np.isnan(right[[4, 8], :3]).all() and (right[:, 3] > 0).all()


def test_a_hand_of_which_the_wall_alone_is_seen_has_no_place():
    pose, _, depth = hand_before(1.9, gap=range(21))
    assert np.isnan(lifted(pose, depth, 1.5)["right_hand"][:, :3]).all()


def test_nobody_without_hands_gets_any_and_a_face_has_no_places():
    pose = Pose(missing_keypoints(18), 0.8, face=missing_keypoints(32))
    assert lifted(pose, np.ones(SIZE, np.float32), 1.0) == {}
