"""Matching by stamp; needs ROS."""

import threading

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
message_filters = pytest.importorskip("message_filters")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPoseArray
from std_msgs.msg import Header

from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer, StampSynchronizer


@pytest.fixture
def matcher():
    rospy.rostime.set_rostime_initialized(True)
    images, poses = message_filters.SimpleFilter(), message_filters.SimpleFilter()
    matched = []
    StampSynchronizer([images, poses], 10).registerCallback(
        lambda a, b: matched.append(a.header.stamp.to_sec())
    )

    def send(topic, t):
        topic.signalMessage(HumanPoseArray(header=Header(stamp=rospy.Time(t))))

    return lambda t: send(images, t), lambda t: send(poses, t), matched


def test_messages_of_one_stamp_match(matcher):
    image, poses, matched = matcher
    image(1), poses(1), image(2), image(3), poses(3), image(4), poses(4)
    assert matched == [1, 3, 4]


@pytest.mark.parametrize(
    "kind, arguments", [(StampSynchronizer, ()), (NearStampSynchronizer, (0.02,))]
)
def test_images_that_nothing_can_match_any_more_are_not_kept(kind, arguments):
    rospy.rostime.set_rostime_initialized(True)
    topics = message_filters.SimpleFilter(), message_filters.SimpleFilter()
    matched = []
    synchronizer = kind([*topics], 60, *arguments)
    synchronizer.registerCallback(lambda a, b: matched.append(a.header.stamp.to_sec()))
    for i in range(100, 200):
        for topic in topics[: 1 if i % 2 else 2]:  # poses for every second image
            topic.signalMessage(HumanPoseArray(header=Header(stamp=rospy.Time.from_sec(i / 10))))
    assert len(matched) == 50
    assert [len(queue) for queue in synchronizer.queues] == [1, 0]


def test_matches_go_on_after_time_went_back(matcher):
    image, poses, matched = matcher
    for t in range(100, 120):  # nobody answers: the queue is full of them
        image(t)
    for t in range(5, 8):
        image(t), poses(t)
    assert matched == [5, 6, 7]


def test_stamps_from_the_future_crowd_nothing_out(matcher):
    image, poses, matched = matcher
    hour = 3600
    image(99)
    for t in range(100, 115):  # more than the queues hold
        poses(t + 2 * hour), image(t + hour)
    for t in range(100, 104):
        image(t), poses(t)
    assert matched == [100, 101, 102, 103]


def test_poses_from_the_future_crowd_no_poses_out(matcher):
    image, poses, matched = matcher
    image(99)
    for t in range(100, 115):
        poses(t + 3600)
    for t in range(100, 104):
        image(t), poses(t)
    assert matched == [100, 101, 102, 103]


def test_images_from_the_future_between_good_ones_take_nothing_with_them(matcher):
    image, poses, matched = matcher
    image(99)
    for t in range(100, 104):
        poses(t), image(t + 3600), image(t), poses(t + 3600.5)
    assert matched == [100, 101, 102, 103]


def test_poses_that_wait_survive_an_image_from_the_future(matcher):
    image, poses, matched = matcher
    image(99), poses(100), poses(101), image(4000), image(100), image(101)
    assert matched == [100, 101]


def test_what_came_before_time_went_back_is_forgotten(matcher):
    image, poses, matched = matcher
    image(100), image(101), image(102), image(95), poses(101), poses(95)
    assert matched == [95]


def test_an_image_that_came_before_a_match_is_given_up_only_after_the_patience():
    rospy.rostime.set_rostime_initialized(True)
    images, poses = message_filters.SimpleFilter(), message_filters.SimpleFilter()
    matched = []
    synchronizer = StampSynchronizer([images, poses], 10)
    synchronizer.registerCallback(lambda a, b: matched.append(a.header.stamp.to_sec()))

    def send(topic, t):
        topic.signalMessage(HumanPoseArray(header=Header(stamp=rospy.Time(t))))

    send(images, 1), send(images, 2), send(poses, 1)
    synchronizer.give_up(60.0)
    send(poses, 2)
    assert matched == [1, 2]
    send(images, 3), send(images, 4), send(poses, 3)
    synchronizer.give_up(0.0)
    send(poses, 4)
    assert matched == [1, 2, 3]


@pytest.mark.parametrize(
    "make",
    [
        lambda filters: StampSynchronizer(filters, 10),
        lambda filters: NearStampSynchronizer(filters, 10, 0.1),
    ],
)
def test_a_callback_that_fails_once_stops_nothing(make):
    """message_filters calls it with its lock taken, and would keep lock and message."""
    rospy.rostime.set_rostime_initialized(True)
    filters = message_filters.SimpleFilter(), message_filters.SimpleFilter()
    matched = []

    def callback(first, _):
        matched.append(first.header.stamp.to_sec())
        if len(matched) == 1:
            raise ZeroDivisionError

    make(list(filters)).registerCallback(callback)

    def send(t):
        for topic in filters:
            topic.signalMessage(HumanPoseArray(header=Header(stamp=rospy.Time(t))))

    with pytest.raises(ZeroDivisionError):
        send(1)
    later = threading.Thread(target=lambda: (send(2), send(3)), daemon=True)
    later.start()
    later.join(5)
    assert matched == [1, 2, 3]
