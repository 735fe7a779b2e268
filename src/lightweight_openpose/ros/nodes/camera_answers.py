"""Frames of a file at the pace of who works on them: the next when the last one was answered."""

from __future__ import annotations

import threading
import time
from typing import Optional

import genpy
import rospy

from lightweight_openpose.msg import HumanPoseArray
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES

FIRST_PATIENCE = 60.0  # s until the first answer: the network may be compiled for the size first
PATIENCE = 20.0  # s until each later one
_REMIND_EVERY = 10.0  # s
_SLICE = 0.2  # s between looks at whether ROS goes down


class Answers:
    """Knows which frames were answered: those whose stamp came back on the topic `poses`."""

    def __init__(self, images: rospy.Publisher):
        """images: where the frames are published."""
        self.unanswered = 0  # frames that were given up
        self._images = images
        self._condition = threading.Condition()
        self._stamp: Optional[genpy.Time] = None  # of the latest answer
        # Subscribing is what makes the estimator work: it does so only for who listens.
        self._poses = rospy.Subscriber(
            "poses", HumanPoseArray, self._on_poses, queue_size=10, buff_size=POSE_BYTES
        )

    def wait_for_listeners(self) -> None:
        """Return when somebody takes the images and somebody gives poses, or ROS goes down."""
        remind = time.monotonic() + _REMIND_EVERY / 2
        while not rospy.is_shutdown():
            if self._images.get_num_connections() and self._poses.get_num_connections():
                return
            if time.monotonic() > remind:
                remind = time.monotonic() + _REMIND_EVERY
                self._say_waiting()
            time.sleep(_SLICE / 2)

    def wait_for(self, stamp: rospy.Time) -> bool:
        """Whether the frame of this stamp was answered; False after a long wait in vain."""
        patience = FIRST_PATIENCE if self._stamp is None else PATIENCE
        end = time.monotonic() + patience
        with self._condition:
            while self._stamp != stamp and not rospy.is_shutdown():
                if time.monotonic() > end:
                    self._give_up(patience)
                    return False
                self._condition.wait(_SLICE)
        return True

    def _on_poses(self, msg: HumanPoseArray) -> None:
        with self._condition:
            self._stamp = msg.header.stamp
            self._condition.notify()

    def _say_waiting(self) -> None:
        text = (
            "%s: waiting for a node that takes %s and gives %s; remap poses:= to the estimator's "
            "topic, or set ~realtime to true"
        )
        names = (self._images.resolved_name, self._poses.resolved_name)
        rospy.loginfo(text, rospy.get_name(), *names)

    def _give_up(self, patience: float) -> None:
        self.unanswered += 1
        text = "%s: no poses for a frame within %.0f s: going on with the next (%d so far)"
        rospy.logwarn(text, rospy.get_name(), patience, self.unanswered)
