"""Every frame that came to a node was answered, dropped, bad, or is in flight; needs ROS."""

import threading

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
message_filters = pytest.importorskip("message_filters")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HeadOrientationArray
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing.account import Account, SequenceGaps
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded, guarded_service
from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer, StampSynchronizer


def at(second):
    return HeadOrientationArray(header=Header(stamp=rospy.Time(second)))


def refuse(*messages):
    raise BadMessage("no")


def test_counts_add_up_at_every_moment_from_many_threads():
    account, sums, done = Account(), [], threading.Event()

    def work():
        for index in range(3000):
            account.receive()
            (account.answer, account.drop, account.give_up)[index % 3]()

    def watch():
        while not done.is_set():
            totals = account.totals()
            sums.append(totals.received == sum(totals[1:]) and totals.in_flight >= 0)

    watcher = threading.Thread(target=watch)
    workers = [threading.Thread(target=work) for _ in range(4)]
    for thread in [watcher, *workers]:
        thread.start()
    for worker in workers:
        worker.join()
    done.set()
    watcher.join()
    assert all(sums) and account.totals() == (12000, 4000, 4000, 4000, 0)


def test_a_frame_is_answered_or_bad_however_many_faults_it_has():
    health = StreamHealth()

    def complain_twice(msg):
        health.fail("one thing")
        health.fail("and another")

    for callback in (lambda msg: None, refuse, complain_twice):
        guarded(health, callback)(at(1))
    assert health.account.totals() == (3, 1, 0, 2, 0)


def test_of_what_is_no_frame_only_the_bad_is_counted():
    health = StreamHealth()
    on_info = guarded(health, lambda msg: None, frames=False)
    on_info(CameraInfo())
    assert health.account.totals() == (0, 0, 0, 0, 0)
    on_info(CameraInfo(K=[-500, 0, 320, 0, -500, 240, 0, 0, 1]))
    assert health.account.totals() == (1, 0, 0, 1, 0)


@pytest.mark.parametrize("kind, rest", [(StampSynchronizer, ()), (NearStampSynchronizer, (0.01,))])
def test_frames_whose_match_never_comes_are_dropped(kind, rest):
    rospy.rostime.set_rostime_initialized(True)
    health, first = StreamHealth(), message_filters.SimpleFilter()
    second = message_filters.SimpleFilter()
    inputs = kind([first, second], 3, *rest)
    first.signalMessage(at(1))  # before anybody is called back
    answers = []

    def answer(msg, other):
        answers.append(msg)
        if len(answers) == 3:
            raise BadMessage("the third")

    inputs.registerCallback(guarded(health, answer))
    for second_of_day in range(2, 9):
        first.signalMessage(at(second_of_day))
    assert health.account.totals() == (8, 0, 5, 0, 3)
    for second_of_day in (6, 7, 8):
        second.signalMessage(at(second_of_day))
    assert len(answers) == 3 and health.account.totals() == (8, 2, 5, 1, 0)
    first.signalMessage(at(20))
    first.signalMessage(at(20))  # the same stamp twice
    first.signalMessage(at(10))  # time went back
    assert health.account.totals() == (11, 2, 7, 1, 1)
    kind([first, second], 3, *rest).registerCallback(guarded(health, refuse))  # connected anew
    assert health.account.totals().in_flight == 0


def test_gaps_in_the_numbers_of_a_sender_are_what_was_lost():
    gaps = SequenceGaps()
    for seq in (5, 6, 9, 10):
        gaps.see("/camera", seq)
    gaps.see("/other", 700)
    assert gaps.lost == 2
    gaps.see("/camera", 1)  # it began anew
    gaps.see("/camera", 3)
    assert gaps.lost == 3
    gaps.forget()
    gaps.see("/camera", 100)
    assert gaps.lost == 3


def test_a_service_tells_in_one_line_what_was_wrong():
    with pytest.raises(rospy.ServiceException, match="ZeroDivisionError in test_account.py:"):
        guarded_service(lambda request: 1 / 0)(at(1))
    with pytest.raises(rospy.ServiceException, match="^no$"):
        guarded_service(refuse)(at(1))
    assert guarded_service(lambda request: request)(3) == 3
