"""Which people have topics of REP-155, and what is left of those who go; needs ROS, no master."""

import gc
from pathlib import Path

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import interop_definitions as definitions
import rospy
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header, String

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.interop.hri import body_id
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.nodes.humans import Humans
from lightweight_openpose.ros.plumbing.retire import retire

MAX_BODIES = 3  # bodies


@pytest.fixture
def warnings(monkeypatch):
    """What is logged; messages can be published, without a master."""
    said = []
    monkeypatch.setattr("rospy.topics.is_initialized", lambda: True)
    monkeypatch.setattr(rospy, "logwarn", lambda text, *values: said.append(text % values))
    return said


@pytest.fixture
def humans(warnings):
    humans = Humans(definitions.module_of("hri_msgs"), COCO18, MAX_BODIES)
    yield humans
    humans.on_poses(people({}))
    humans.close()


def people(heights):
    """People, id -> height of the box [px]."""
    poses = [Pose(missing_keypoints(18), 0.5, i) for i in heights]
    boxes = [RegionOfInterest(width=10, height=height) for height in heights.values()]
    return PeopleInImage(Header(), "coco18", "", 240, 320, poses, boxes)


def published():
    """Body ids of the topics there are."""
    topics = rospy.topics.get_topic_manager().get_topics()
    return {t.split("/")[3] for t in topics if t.startswith("/humans/bodies/") and t.count("/") > 3}


def ids(*track_ids):
    return {body_id(i) for i in track_ids}


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_nearest_get_topics_and_keep_them(humans, warnings):
    humans.on_poses(people({1: 50, 2: 20, 3: 40, 4: 30, -1: 200}))
    assert published() == ids(1, 3, 4) and humans.left_out == 1
    humans.on_poses(people({1: 50, 3: 10, 4: 30, 5: 90, 6: 80}))
    assert published() == ids(1, 3, 4) and humans.left_out == 3
    humans.on_poses(people({3: 10, 4: 30, 5: 80, 6: 90}))
    assert published() == ids(3, 4, 6) and humans.left_out == 4
    assert len(warnings) == 1 and "~max_bodies (3)" in warnings[0]


def test_only_those_with_topics_are_said_to_be_tracked(humans):
    humans.on_poses(people({i: 10 + i for i in range(20)}))
    latched = humans._tracked["bodies"].impl.latch
    assert set(latched.ids) == ids(17, 18, 19) == published()


def test_nobody_is_left_out_of_as_many_as_there_may_be(humans, warnings):
    humans.on_poses(people({1: 10, 2: 10, 3: 10}))
    assert published() == ids(1, 2, 3) and humans.left_out == 0 and warnings == []


def test_a_hundred_new_ids_in_each_message_take_no_more_descriptors_than_the_bound(humans):
    before = descriptors()
    gc.disable()  # what only its search for cycles gives back, stays
    try:
        for first in range(0, 2000, 100):
            humans.on_poses(people({i: 10 for i in range(first, first + 100)}))
            assert descriptors() <= before + 3 * MAX_BODIES
        humans.on_poses(people({}))
        assert descriptors() == before and published() == set()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "make",
    [
        lambda: rospy.Publisher("/gone", String, queue_size=1),
        lambda: rospy.Subscriber("/gone", String),
    ],
)
def test_a_topic_that_ends_gives_its_descriptor_back(make):
    before = descriptors()
    gc.disable()
    try:
        topics = [make(), make()]
        retire(topics[0])
        assert descriptors() == before + 1, "the other one uses it"
        retire(topics[1])
        assert descriptors() == before
        retire(topics[1])
    finally:
        gc.enable()
