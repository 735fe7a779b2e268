"""Joints in metres from rendered depth images of a body made of known parts."""
import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.body import Motion, body_position, torso_rotation
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.lifting import guess_distance, lift, lift_flat
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18

MATRIX = np.array([[525, 0, 319.5], [0, 525, 239.5], [0, 0, 1.0]])
CAMERA = Camera(MATRIX)
# A person of 1.70 m, right is the person's own: x right of the image, y down, z away from the camera [m].
BODY = np.array([[0, -0.62, -0.08], [0, -0.42, 0], [-0.19, -0.40, 0], [-0.32, -0.15, 0.02], [-0.36, 0.08, -0.12],
                 [0.19, -0.40, 0], [0.32, -0.15, 0.02], [0.36, 0.08, -0.12], [-0.11, 0.09, 0], [-0.12, 0.50, 0.02],
                 [-0.12, 0.88, 0.05], [0.11, 0.09, 0], [0.12, 0.50, 0.02], [0.12, 0.88, 0.05], [-0.03, -0.66, -0.06],
                 [0.03, -0.66, -0.06], [-0.08, -0.64, 0.0], [0.08, -0.64, 0.0]])
THICK = {"wrist": 0.03, "elbow": 0.04, "knee": 0.05, "ankle": 0.04, "eye": 0.04, "ear": 0.04}


def at(distance, turn=0.0, aside=0.0):
    c, s = np.cos(turn), np.sin(turn)
    return BODY @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) + (aside, 0, distance)


def project(points):
    return points[:, :2] / points[:, 2:] * 525 + (319.5, 239.5)


def scene(bodies, wall=4.0, size=(480, 640)):
    """(H, W) depth [m] of bodies before a wall, drawn as limbs of a person's thickness."""
    depth = np.full(size, wall, np.float32)
    for body in bodies:
        xy = project(body)
        for a, b in COCO18.limbs + ((2, 8), (5, 11), (8, 11), (2, 11), (5, 8)):
            names = {COCO18.keypoints[i].split("_")[-1] for i in (a, b)}
            radius = min(THICK.get(n, 0.08) for n in names)
            far, near = (a, b) if body[a, 2] > body[b, 2] else (b, a)
            part = np.full(size, np.inf, np.float32)
            for t in np.linspace(0, 1, 60):
                x, y = np.round(xy[far] * (1 - t) + xy[near] * t).astype(int).tolist()
                z = body[far, 2] * (1 - t) + body[near, 2] * t
                cv2.circle(part, (x, y), int(525 * radius / z), float(z), -1)
            depth = np.minimum(depth, part)
    return depth


def visible(body, depth):
    """(18,) whether the surface at the joint's pixel is the joint's own."""
    x, y = np.clip(np.round(project(body)).astype(int), 0, (depth.shape[1] - 1, depth.shape[0] - 1)).T
    return np.abs(depth[y, x] - body[:, 2]) < 0.015


def pose_of(body, noise=0.0, seed=0):
    xy = project(body) + np.random.default_rng(seed).normal(0, noise, (18, 2))
    return Pose(np.column_stack([xy, np.full(18, 0.8)]).astype(np.float32), 0.8)


@pytest.mark.parametrize("distance, turn", [(2.5, 0.0), (3.0, 0.0), (3.0, 0.5), (3.0, -0.6)])
def test_joints_are_within_2_cm_and_none_is_on_the_wall_behind(distance, turn):
    body = at(distance, turn)
    depth = scene([body], wall=distance + 0.8)
    points = lift(pose_of(body, 0.5), depth, CAMERA, COCO18)
    error, shown = np.linalg.norm(points[:, :3] - body, axis=1), visible(body, depth)
    assert shown.sum() >= 12 and (error[shown] < 0.02).all()
    assert (points[:, 2] < distance + 0.4).all() and (error < 0.15).all()  # other parts of the body cover the rest
    np.testing.assert_allclose(points[:, 3], 0.8)


def test_joints_behind_something_nearer_are_missing_not_on_it():
    body = at(3.0)
    depth = scene([body])
    depth[300:] = 1.5  # a table before the legs
    points = lift(pose_of(body), depth, CAMERA, COCO18)
    hidden = project(body)[:, 1] > 302
    assert hidden.sum() >= 4
    assert np.isnan(points[hidden, :3]).all() and (np.abs(points[~hidden, 2] - body[~hidden, 2]) < 0.1).all()


def test_joints_that_miss_the_body_do_not_put_all_of_it_on_the_wall():
    body = at(3.0)
    pose = pose_of(body)
    pose.keypoints[[4, 7, 14], :2] += (60, -40)  # found beside the body
    points = lift(pose, scene([body], wall=3.6), CAMERA, COCO18)
    others = [i for i in range(18) if i not in (4, 7, 14)]
    assert (np.abs(points[others, 2] - body[others, 2]) < 0.1).all()


def test_two_people_one_behind_the_other():
    near, far = at(2.0, aside=-0.15), at(3.5, aside=0.25)
    depth = scene([near, far])
    for body in (near, far):
        points = lift(pose_of(body), depth, CAMERA, COCO18)
        known = np.isfinite(points[:, 2])
        assert known.sum() >= 8 and (np.abs(points[known, 2] - body[known, 2]) < 0.1).all()


@pytest.mark.parametrize("hole", [np.nan, 0.0, np.inf, -np.inf])
def test_holes_in_the_depth_give_nan_not_zero(hole):
    body = at(3.0)
    depth = scene([body])
    x, y = np.round(project(body)[4]).astype(int)
    depth[y - 30:y + 31, x - 30:x + 31] = hole
    points = lift(pose_of(body), depth, CAMERA, COCO18)
    assert np.isnan(points[4, :3]).all() and points[4, 3] == pytest.approx(0.8)
    assert abs(points[3, 2] - body[3, 2]) < 0.05
    nothing = lift(pose_of(body), np.full_like(depth, hole), CAMERA, COCO18)
    assert np.isnan(nothing[:, :3]).all()


def test_joints_outside_the_depth_image_and_not_found():
    body = at(1.2)  # the feet are below the image
    keypoints = pose_of(body).keypoints
    keypoints[7] = (np.nan, np.nan, 0)
    points = lift(Pose(keypoints, 0.8), scene([body]), CAMERA, COCO18)
    below = project(body)[:, 1] > 500
    assert below.sum() >= 2 and np.isnan(points[below, :3]).all() and np.isnan(points[7, :3]).all()


def test_rays_undo_the_distortion():
    distortion = np.array([0.1, -0.05, 0.001, 0.002, 0.0])
    points = np.array([[0.3, -0.2, 1.0], [-0.4, 0.3, 1.0]])
    pixels = cv2.projectPoints(points, np.zeros(3), np.zeros(3), MATRIX, distortion)[0].reshape(-1, 2)
    np.testing.assert_allclose(Camera(MATRIX, distortion).rays(pixels), points[:, :2], atol=1e-4)
    assert np.isnan(CAMERA.rays(np.full((1, 2), np.nan))).all()


@pytest.mark.parametrize("turn", [0.0, 0.9, np.pi])
def test_torso_frame(turn):
    body = np.column_stack([at(3.0, turn), np.ones(18)])
    rotation = torso_rotation(body, COCO18)
    forward = np.array([[0, 0, -1]]) @ np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    np.testing.assert_allclose(rotation[:, 0], forward[0], atol=0.05)  # the chest faces the camera at turn 0
    np.testing.assert_allclose(rotation[:, 2], (0, -1, 0), atol=0.05)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(body_position(body, COCO18), (0, -0.16, 3.0), atol=0.02)
    body[1, :3] = np.nan
    assert torso_rotation(body, COCO18) is None


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
    body = at(3.0, turn)
    distance = guess_distance(pose_of(body), CAMERA, COCO18, 1.70)
    assert distance == pytest.approx(3.0, rel=0.1)
    points = lift_flat(pose_of(body), distance, CAMERA)
    np.testing.assert_allclose(points[:, 2], distance, rtol=1e-6)
    assert guess_distance(Pose(np.full((18, 3), np.nan, np.float32), 0.1), CAMERA, COCO18, 1.7) is None
