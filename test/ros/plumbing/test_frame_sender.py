"""Frames of people without a parent are not sent, which is said once. Needs ROS."""

import numpy as np
import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from geometry_msgs.msg import Quaternion
from std_msgs.msg import Header

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.lifting import lift_flat
from lightweight_openpose.geometry.person_3d import Person3D
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.messages.transforms import transform
from lightweight_openpose.ros.nodes.body_frames import BodyFrames
from lightweight_openpose.ros.plumbing import frame_sender
from lightweight_openpose.ros.plumbing.frame_sender import FrameSender
from people import person


@pytest.fixture
def sent(monkeypatch):
    """(transforms that were sent, warnings)."""
    frames, said = [], []

    class Broadcaster:
        def sendTransform(self, transforms):
            frames.extend(transforms)

    monkeypatch.setattr(frame_sender.tf2_ros, "TransformBroadcaster", Broadcaster)
    monkeypatch.setattr(frame_sender.tf2_ros, "StaticTransformBroadcaster", Broadcaster)
    monkeypatch.setattr(rospy, "logwarn", lambda text, *values: said.append(text % values))
    return frames, said


def head(frame_id):
    return transform(Header(frame_id=frame_id), "head_1", (0, 0, 1), Quaternion(w=1.0))


@pytest.mark.parametrize("frame_id", ["", "/", "//"])
@pytest.mark.parametrize("static", [False, True])
def test_a_frame_without_a_parent_is_not_sent_which_is_said_once(sent, frame_id, static):
    frames, said = sent
    sender = FrameSender()
    for _ in range(3):
        sender.send([head(frame_id), head("eye")], static)
        sender.send([])
    assert [f.header.frame_id for f in frames] == ["eye"] * 3
    assert len(said) == 1 and "without a frame_id" in said[0] and "driver" in said[0]


def test_frames_with_a_parent_are_sent_without_a_word(sent):
    frames, said = sent
    FrameSender().send([head("/eye"), head("eye")])
    assert [f.header.frame_id for f in frames] == ["eye", "eye"] and said == []


@pytest.mark.parametrize("frame_id, parents", [("", set()), ("/eye", {"eye"})])
def test_bodies_and_their_view_have_the_same_rule(sent, frame_id, parents):
    frames, said = sent
    camera = Camera.assumed_for(640, 480, 1.0)
    points = lift_flat(person(), 2.0, camera)
    points = np.asarray(points, float)
    body = Person3D(3, 0.5, points, np.array([0.0, 0, 2]), np.eye(3))
    sender = BodyFrames(COCO18, "/front/")
    for _ in range(2):
        sender.send(People3D(Header(frame_id=frame_id), "coco18", False, False, [body]))
    assert {f.header.frame_id for f in frames} == parents
    assert {f.child_frame_id for f in frames} == (
        {"front/people_view", "front/human_3"} if parents else set()
    )
    assert len(said) == (not parents)
