"""Counts whether every frame of a camera has an account, by its answers and the diagnostics."""

import threading
import time
from collections import Counter

import rospy
from diagnostic_msgs.msg import DiagnosticArray
from lightweight_openpose.msg import HumanPoseArray

from .processes import within

_COUNTED = ("received", "answered", "dropped", "bad frames", "in flight")
LOST = "lost before the node"


class Accountant:
    """Knows each frame by its frame_id: stamp, size and how often it was answered."""

    def __init__(self, poses="/pose_estimator/poses", title="pose_estimator: pose estimator"):
        """title: of the estimator's status in the diagnostics."""
        self._title = title
        self._topic = poses
        self._sent = {}  # frame_id -> (stamp, height, width)
        self._lock = threading.Lock()
        self.answers = Counter()  # of each frame_id
        self.ages = []  # s
        self.faults = []  # what may not be
        self.sums = ""  # of the last stretch, in words
        self.totals = {}  # the last that came
        self.reports = 0
        self._diagnostics = rospy.Subscriber("/diagnostics", DiagnosticArray, self._on_status)
        self.listen()

    def listen(self):
        """Subscribe to the poses."""
        self._poses = rospy.Subscriber(
            self._topic, HumanPoseArray, self._on_poses, queue_size=200, buff_size=1 << 22
        )

    def leave(self):
        """Do not listen to the poses any more."""
        self._poses.unregister()

    def sent(self, msg):
        """An image is about to be published."""
        with self._lock:
            self._sent[msg.header.frame_id] = (msg.header.stamp, msg.height, msg.width)

    def _on_poses(self, msg):
        frame = msg.header.frame_id
        with self._lock:
            self.answers[frame] += 1
            self.ages.append((rospy.Time.now() - msg.header.stamp).to_sec())
            expected = self._sent.get(frame)
            if expected is None:
                self.faults.append(f"poses of {frame}, which was never sent")
            elif expected != (msg.header.stamp, msg.height, msg.width):
                self.faults.append(f"poses of {frame} with another frame's header")
            elif self.answers[frame] > 1:
                self.faults.append(f"{frame} was answered {self.answers[frame]} times")

    def _on_status(self, msg):
        for status in msg.status:
            if status.name == self._title and status.values:  # none when a node begins
                values = {v.key: v.value for v in status.values}
                self.totals = {key: int(values[key]) for key in (*_COUNTED, LOST)}
                self.reports += 1
                received, *rest = (self.totals[key] for key in _COUNTED)
                if received != sum(rest) or min(rest) < 0:
                    self.faults.append(f"the sums of the diagnostics do not agree: {self.totals}")

    def is_answered(self, frame):
        return self.answers[frame] > 0

    def take_faults(self):
        """What was found since the last time, as one text."""
        found, self.faults = self.faults, []
        return "; ".join(found[:3])

    def settled(self, timeout=15.0):
        """Totals when nothing is in flight any more; the camera has to be silent."""
        time.sleep(0.3)
        last = {}

        def still():
            nonlocal last
            count = self.reports
            if not within(3, lambda: self.reports > count):
                return False
            same, last = last == self.totals, dict(self.totals)
            return same and last["in flight"] == 0

        if not within(timeout, still):
            self.faults.append(f"it does not come to rest: {self.totals}")
        return dict(self.totals)


class Stretch:
    """A time in which every frame must have an account; the connection stays, and the node."""

    def __init__(self, camera, accountant):
        self._camera, self._accountant = camera, accountant
        self._totals, self._sent, self._answers = self._pause()

    def _pause(self):
        """Totals, frames sent and answers, when the last frame that was sent is answered."""
        self._camera.on = False
        self._camera.usual()
        # What the camera's own queue loses is known by the number of the next frame that arrives.
        if not within(10, self._one_answered):
            self._accountant.faults.append("the last frame is not answered")
        totals = self._accountant.settled()
        return totals, self._camera.count, sum(self._accountant.answers.values())

    def _one_answered(self):
        frame = self._camera.send()
        return within(2, lambda: self._accountant.is_answered(frame))

    def end(self):
        """Note what does not agree as a fault."""
        totals, sent, answers = self._pause()
        change = {key: totals.get(key, 0) - self._totals.get(key, 0) for key in totals}
        sent -= self._sent
        parts = ", ".join(f"{change[key]} {key}" for key in (*_COUNTED[1:4], LOST))
        self._accountant.sums = f"{sent} sent: {parts}"
        if sent != change["received"] + change[LOST]:
            self._accountant.faults.append(f"{sent} frames were sent, but {change}")
        if answers - self._answers != change["answered"]:
            self._accountant.faults.append(f"{answers - self._answers} answers, but {change}")
