"""Harm to the estimator, its listeners and its camera while poses flow."""

import signal
import time

import rospy

from .accountant import Accountant, Stretch
from .camera import ENCODINGS, Camera
from .processes import Node, estimator, within

PATIENCE = 40.0  # s until poses have to flow again: a start on a busy machine takes ten
_HOUR = rospy.Duration(3600)


class Scene:
    """A camera, an estimator that is started again when it ends, and an accountant."""

    def __init__(self, rng, pause):
        """rng: of the moments; pause: s for which a process is stopped."""
        self.rng, self.pause = rng, pause
        self.accountant = Accountant()
        self.camera = Camera(publish=self.accountant.sent)
        self.node = estimator()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.camera.on = False
        self.node.close()
        self.accountant.leave()

    def flows(self, timeout=PATIENCE):
        """Whether a frame that is sent from now on is answered."""
        self.camera.on = True
        before = self.camera.count

        def answered():
            frames = range(before + 1, self.camera.count + 1)
            return any(self.accountant.is_answered(f"frame_{i}") for i in frames)

        return within(timeout, answered)

    def wait(self, longest=0.6):
        """A random time."""
        time.sleep(self.rng.uniform(0.1, longest))


def trials_of(scene, harm, count, keeps_connection):
    """Do harm that often; what happened of each, "" when poses flow again and all sums agree."""
    if not scene.flows(60):
        yield "no poses before any harm"
        return
    stretch = Stretch(scene.camera, scene.accountant) if keeps_connection else None
    for trial in range(count):
        scene.flows()
        scene.wait()
        reason = harm(scene) or ""
        scene.camera.usual()
        if not scene.flows():
            reason = reason or "no poses after it"
        if trial == count - 1:
            _settle(scene, stretch)
        yield reason or scene.accountant.take_faults()


def _settle(scene, stretch):
    """All sums have to agree in the end, over a second of peace where the connection broke."""
    if stretch is None:
        stretch = Stretch(scene.camera, scene.accountant)
        scene.camera.on = True
        time.sleep(1)
    stretch.end()


def kill(scene):
    scene.node.send_signal(signal.SIGKILL)
    exits = len(scene.node.exits)
    if not within(5, lambda: len(scene.node.exits) > exits):
        return "it cannot be killed"


def stop(scene):
    scene.node.send_signal(signal.SIGSTOP)
    time.sleep(scene.pause)
    scene.node.send_signal(signal.SIGCONT)


def listener_leaves(scene):
    scene.accountant.leave()
    if not within(10, lambda: not scene.camera.publisher.get_num_connections()):
        return "images still go to a node that nobody listens to"
    scene.wait()
    scene.accountant.listen()


def same_name(scene):
    """The master ends the older of two nodes of one name; that one is started again."""
    exits = len(scene.node.exits)
    with Node(*scene.node.command, respawn=False) as other:
        ended = within(30, lambda: other.exits or len(scene.node.exits) > exits)
        scene.wait(5)  # the one that is started again may end the other
    return None if ended else "two of one name run"


def encodings(scene):
    scene.camera.encoding = lambda: ENCODINGS[scene.rng.integers(len(ENCODINGS))]
    scene.wait(1.5)


def sizes(scene):
    choice = ((120, 160), (240, 320), (480, 360), (240, 640))
    scene.camera.size = lambda: choice[scene.rng.integers(len(choice))]
    scene.wait(1.5)


def stamps_stand_still(scene):
    now = rospy.Time.now()
    scene.camera.stamp = lambda: now
    scene.wait(1.5)


def stamps_jump_ahead(scene):
    scene.camera.stamp = lambda: rospy.Time.now() + _HOUR
    scene.wait(1.5)


def stamps_go_back(scene):
    scene.camera.stamp = lambda: rospy.Time.now() - rospy.Duration(scene.rng.uniform(0, 3600))
    scene.wait(1.5)


def stamps_are_zero(scene):
    scene.camera.stamp = rospy.Time
    scene.wait(1.5)


def slow(scene):
    scene.camera.rate = 1.0
    time.sleep(2.2)


def fast(scene):
    scene.camera.rate = 200.0
    scene.wait(2)


# name -> (harm, expected, whether the connection and the node outlive it)
_FLOW = "poses flow again"
_SUMS = "every frame has an account"
STREAM_HARMS = {
    "SIGKILL": (kill, f"started again, {_FLOW}", False),
    "SIGSTOP": (stop, f"{_FLOW}, {_SUMS}", True),
    "subscriber": (listener_leaves, f"no work without it, {_FLOW}", False),
    "same-name": (same_name, f"one of them goes on, {_FLOW}", False),
    "encodings": (encodings, f"all answered or dropped, {_SUMS}", True),
    "sizes": (sizes, f"all answered or dropped, {_SUMS}", True),
    "stamps-still": (stamps_stand_still, _SUMS, True),
    "stamps-ahead": (stamps_jump_ahead, _SUMS, True),
    "stamps-back": (stamps_go_back, _SUMS, True),
    "stamps-zero": (stamps_are_zero, _SUMS, True),
    "1-fps": (slow, _SUMS, True),
    "200-fps": (fast, _SUMS, True),
}
