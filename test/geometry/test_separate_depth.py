"""Joints in metres by the depth image of a second camera; the scene of boxes is known exactly."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from box_scene import boxes_of, distances, rendered
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.lifting import lift, lift_by
from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.geometry.rotations import matrix_of
from lightweight_openpose.geometry.separate_depth import SeparateDepth, pixel_directions
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from people import body, seen

COLOR = Camera(np.array([[600, 0, 319.5], [0, 600, 239.5], [0, 0, 1.0]]))
COLOR_SIZE = (480, 640)  # height, width [px]
WIDE = Camera(np.array([[210, 0, 211.5], [0, 210, 119.5], [0, 0, 1.0]]))
WIDE_SIZE = (240, 424)
BENT = Camera(
    np.array([[330, 0, 205.0], [0, 330, 150.0], [0, 0, 1.0]]), np.array([0.08, -0.05, 0.001, 0, 0])
)
BENT_SIZE = (300, 420)


def truth(xy, boxes):
    """(K,) depth [m] of what the colour camera sees at pixels."""
    rays = COLOR.rays(xy)
    return distances(np.zeros(3), np.column_stack([rays, np.ones(len(rays))]), boxes)


def source(camera, size, to_color, boxes, noise=0.0):
    depth = rendered(camera, size, to_color, boxes)
    depth += np.random.default_rng(0).normal(0, noise, size).astype(np.float32)
    return view_of(depth, camera, to_color)


def view_of(depth, camera, to_color):
    directions = pixel_directions(camera, *depth.shape, to_color)
    return SeparateDepth(depth, directions, camera, COLOR, to_color)


def placed(x=0.0, y=0.0, z=0.0, turn=(0.0, 0.0, 0.0)):
    """Depth camera at x, y, z [m] of the colour camera's frame; turn: about x, y, z [deg]."""
    rotation = matrix_of(Rotation.from_euler("xyz", turn, degrees=True))
    return RigidTransform(rotation, np.array([x, y, z]))


PLACES = {
    "5 cm to the left": placed(-0.05),
    "15 cm to the right": placed(0.15),
    "10 cm above": placed(0, -0.1),
    "turned and 8 cm aside": placed(0.08, 0.01, -0.02, (3, -6, 2)),
    "on its side": placed(0.06, 0.03, 0.0, (0, 0, 90)),
}


@pytest.mark.parametrize(
    "camera, size, distance", [(WIDE, WIDE_SIZE, 2.0), (BENT, BENT_SIZE, 3.2)], ids=["wide", "bent"]
)
@pytest.mark.parametrize("to_color", PLACES.values(), ids=PLACES)
def test_joints_are_as_far_as_the_colour_camera_sees_them(camera, size, to_color, distance):
    joints = body(distance)
    boxes = boxes_of(joints)
    pose = Pose(seen(joints, COLOR), 0.8)
    points = lift_by(pose, source(camera, size, to_color, boxes, 0.005).around, COLOR, COCO18)
    inside = ((pose.keypoints[:, :2] > 0) & (pose.keypoints[:, :2] < COLOR_SIZE[::-1])).all(1)
    error = np.abs(points[:, 2] - truth(pose.keypoints[:, :2], boxes))
    known = np.isfinite(error) & inside
    assert known.sum() >= inside.sum() - 2  # those that the depth camera does not see
    assert np.median(error[known]) < 0.01 and error[known].max() < 0.06
    np.testing.assert_allclose(
        points[known, :2], COLOR.rays(pose.keypoints[known, :2]) * points[known, 2:3], atol=1e-5
    )


def test_it_is_what_an_image_registered_as_a_whole_gives():
    joints = body(2.5)
    boxes = boxes_of(joints)
    pose = Pose(seen(joints, COLOR), 0.8)
    same = RigidTransform.identity()
    registered = rendered(COLOR, COLOR_SIZE, same, boxes)
    expected = lift(pose, registered, COLOR, COCO18)
    got = lift_by(pose, source(COLOR, COLOR_SIZE, same, boxes).around, COLOR, COCO18)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_two_people_before_one_another():
    near, far = body(1.8, aside=-0.3), body(3.4, aside=0.35)
    boxes = np.concatenate([boxes_of(near), boxes_of(far)])
    around = source(WIDE, WIDE_SIZE, PLACES["15 cm to the right"], boxes).around
    for joints in (near, far):
        pose = Pose(seen(joints, COLOR), 0.8)
        points = lift_by(pose, around, COLOR, COCO18)
        known = np.isfinite(points[:, 2])
        assert known.sum() >= 10
        assert (np.abs(points[known, 2] - joints[known, 2]) < 0.2).all()


def test_what_no_camera_sees_is_missing():
    joints = body(2.5)
    keypoints = seen(joints, COLOR)
    keypoints[4] = missing_keypoints(1)
    boxes = boxes_of(joints)
    beside = PLACES["5 cm to the left"]
    depth = rendered(WIDE, WIDE_SIZE, beside, boxes)
    for unknown in (np.nan, 0.0, np.inf):
        view = view_of(np.full_like(depth, unknown), WIDE, beside)
        assert np.isnan(lift_by(Pose(keypoints, 0.8), view.around, COLOR, COCO18)[:, :3]).all()
    view = view_of(depth, WIDE, placed(turn=(0, 180, 0)))  # it looks the other way
    assert np.isnan(lift_by(Pose(keypoints, 0.8), view.around, COLOR, COCO18)[:, :3]).all()
    nobody = Pose(missing_keypoints(18), 0.1)
    assert np.isnan(lift_by(nobody, view.around, COLOR, COCO18)[:, :3]).all()


def test_a_transform_and_its_inverse():
    there = placed(0.1, -0.2, 0.3, (10, 20, 30))
    points = np.array([[1.0, 2, 3], [-1, 0, 0.5]])
    np.testing.assert_allclose(there.inverse.apply(there.apply(points)), points, atol=1e-12)
    np.testing.assert_allclose(there.apply(np.zeros(3)), (0.1, -0.2, 0.3))
    quarter = placed(turn=(0, 0, 90))
    np.testing.assert_allclose(
        quarter.covariance(np.diag([1.0, 4, 9])), np.diag([4.0, 1, 9]), atol=1e-12
    )
