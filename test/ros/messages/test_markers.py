"""What rviz is told to show and to forget; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HeadOrientationArray
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from lightweight_openpose.geometry.body import body_position
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES, solve_head
from lightweight_openpose.geometry.orientation import Orientation, rotation_from_angles
from lightweight_openpose.geometry.person_3d import Person3D
from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.markers import (
    MarkerMemory,
    arrows_on_bodies,
    group_markers,
    head_marker,
    head_markers,
)
from lightweight_openpose.ros.messages.people import head_to_msg
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.messages.transforms import matrix_of_quaternion
from people import head_points, placed, seen

CAMERA = Camera(np.array([[600, 0, 319.5], [0, 600, 239.5], [0, 0, 1.0]]))
AT = np.array([0.3, -0.2, 2.0])  # m, between the eyes
ANGLES = (20, 5, 0)  # deg
LARGE = 1.25  # times the size of the head that solvePnP knows
HEADER = Header(frame_id="camera")


def head_and_body():
    """Message of a large head at 2 m, solved by the size of its face, and points (18, 4) of it."""
    points = np.full((18, 4), np.nan)
    points[list(HEAD_INDICES), :3] = placed(LARGE * head_points(ANGLES, AT), ANGLES, AT)
    keypoints = missing_keypoints(18)
    keypoints[list(HEAD_INDICES)] = seen(points[list(HEAD_INDICES), :3], CAMERA)
    head, reason = solve_head(keypoints, CAMERA)
    assert head is not None, reason
    return head_to_msg(head, track_id=3), points


def arrows(head, points, position, track_id=3):
    body = Person3D(track_id, 0.5, points, np.array(position), np.eye(3))
    bodies = People3D(HEADER, COCO18.name, False, False, [body])
    return arrows_on_bodies(bodies, HeadOrientationArray(HEADER, False, [head]), COCO18)


def test_the_arrow_of_a_large_head_starts_where_the_depth_says():
    head, points = head_and_body()
    assert head.pose.position.z == pytest.approx(AT[2] / LARGE, abs=0.01)  # by its face: 1.6 m
    arrow, _ = arrows(head, points, body_position(points, COCO18))
    start = arrow.pose.position
    # The median of its joints is an eye's depth, which a turn moves by a centimetre.
    np.testing.assert_allclose((start.x, start.y, start.z), AT, atol=0.02)
    assert (arrow.type, arrow.ns, arrow.id) == (Marker.ARROW, "heads", 3)
    assert arrow.header.frame_id == "camera"
    assert arrow.pose.orientation == head.pose.orientation


def test_without_depth_at_the_face_it_starts_as_far_away_as_the_body():
    head, points = head_and_body()
    arrow, _ = arrows(head, np.full_like(points, np.nan), (0.3, 0.5, 2.1))
    assert arrow.pose.position.z == pytest.approx(2.1)


def test_a_head_without_its_body_has_no_arrow():
    head, points = head_and_body()
    assert arrows(head, points, AT, track_id=4) == []
    head.track_id = -1
    assert arrows(head, points, AT, track_id=-1) == []


def test_an_arrow_points_out_of_the_face_and_ends_by_itself():
    head, _ = head_and_body()
    arrow = head_marker(HEADER, 3, head.pose)
    q = arrow.pose.orientation
    x = (1 - 2 * (q.y**2 + q.z**2), 2 * (q.x * q.y + q.z * q.w), 2 * (q.x * q.z - q.y * q.w))
    np.testing.assert_allclose(x, rotation_from_angles(*np.radians(ANGLES), AT)[:, 0], atol=0.01)
    assert 0 < arrow.lifetime.to_sec() < 2


def test_angles_that_are_not_known_have_no_ellipse():
    head, points = head_and_body()
    head.angle_stddev = [np.nan] * 3
    assert [m.ns for m in head_markers(HEADER, 3, head, head.pose)] == ["heads"]
    assert len(arrows(head, points, body_position(points, COCO18))) == 1


def test_an_ellipse_of_one_deviation_lies_around_the_tip_of_the_arrow():
    """Its axes are the ways that yaw and pitch move the tip, whatever the roll."""
    angles, deviations = np.array([0.4, 0.3, 0.5]), np.array([0.15, 0.05, 0.9])
    place = np.array([0.0, 0.0, 2.0])
    rotation = rotation_from_angles(*angles, place)
    head = head_to_msg(Orientation(rotation, place, *angles, 1.0, 5, tuple(deviations)), 3)
    arrow, ellipse = head_markers(HEADER, 3, head, head.pose)
    assert (arrow.ns, ellipse.ns, ellipse.id) == ("heads", "head_uncertainty", 3)
    assert ellipse.type == Marker.SPHERE and 0 < ellipse.color.a < 0.6
    length = arrow.scale.x
    at = ellipse.pose.position
    np.testing.assert_allclose([at.x, at.y, at.z], place + length * rotation[:, 0], atol=1e-9)
    turned = matrix_of_quaternion(ellipse.pose.orientation)
    turns = (1, ellipse.scale.y, (0.15, 0, 0)), (2, ellipse.scale.z, (0, 0.05, 0))
    for axis, size, turn in turns:
        ends = [
            rotation_from_angles(*(angles + sign * np.array(turn)), place)[:, 0] for sign in (1, -1)
        ]
        np.testing.assert_allclose(size, length * np.linalg.norm(ends[0] - ends[1]), rtol=1e-6)
        way = (ends[0] - ends[1]) / np.linalg.norm(ends[0] - ends[1])
        assert abs(way @ turned[:, axis]) == pytest.approx(1, abs=1e-6)
    assert ellipse.scale.x < 0.01


def test_an_ellipse_is_as_far_away_as_its_arrow():
    head, points = head_and_body()
    head.angle_stddev = [0.1, 0.1, 0.1]
    arrow, ellipse = arrows(head, np.full_like(points, np.nan), (0.3, 0.5, 2.1))
    tip, start = ellipse.pose.position, arrow.pose.position
    assert start.z == pytest.approx(2.1)
    away = np.array([tip.x - start.x, tip.y - start.y, tip.z - start.z])
    assert np.linalg.norm(away) == pytest.approx(arrow.scale.x)


def test_what_is_gone_is_taken_away_once():
    head, _ = head_and_body()
    memory = MarkerMemory()
    memory.complete(HEADER, [head_marker(HEADER, 3, head.pose), head_marker(HEADER, 4, head.pose)])
    later = memory.complete(HEADER, [head_marker(HEADER, 4, head.pose)]).markers
    assert [(m.id, m.action) for m in later] == [(4, Marker.ADD), (3, Marker.DELETE)]
    assert [m.id for m in memory.complete(HEADER, later[:1]).markers] == [4]


def test_a_hand_is_lines_between_the_joints_that_have_a_place():
    points = np.full((21, 4), np.nan)
    points[:3, :3] = [(0.1 * i, 0, 1) for i in range(3)]  # wrist and the first of the thumb
    (marker,) = group_markers(HEADER, 3, {"left_hand": points})
    assert (marker.type, marker.ns, marker.id) == (Marker.LINE_LIST, "left_hands", 3)
    assert [p.x for p in marker.points] == pytest.approx([0, 0.1, 0.1, 0.2])
    assert len(marker.colors) == 4
    assert group_markers(HEADER, 3, {"right_hand": np.full((21, 4), np.nan)}) == []
