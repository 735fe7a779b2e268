"""More cameras, more listeners and a bag that begins again."""

import socket
import struct
import tempfile
import threading
import time
import xmlrpc.client
from pathlib import Path

import numpy as np
import rosbag
import rosgraph
import rospy
from lightweight_openpose.msg import HumanPoseArray

from .accountant import Accountant, Stretch
from .camera import Camera, photograph, picture
from .processes import Node, estimator, within
from .stream_harms import Scene

CAMERAS, CAMERA_RATE = 8, 30.0  # 1/s
_FAIR = 0.6  # of the mean share, that each camera gets
_OLDEST = 2.0  # s, age of poses of 8 cameras
LISTENERS = 50
_BAG = 15  # images


def eight_cameras(rng, trials):
    """Each gets its share, of images that are not old, and each frame has an account."""
    names = [f"camera_{i}" for i in range(CAMERAS)]
    books = [Accountant(f"/eight/{name}/poses", f"eight: pose estimator: {name}") for name in names]
    cameras = [Camera(f"/{name}/image", book.sent, name) for name, book in zip(names, books)]
    with estimator(f"_cameras:=[{', '.join(names)}]", name="eight"):
        ready = within(60, lambda: all(c.publisher.get_num_connections() for c in cameras))
        if not ready:
            yield "not all cameras are listened to"
            return
        stretches = [Stretch(camera, book) for camera, book in zip(cameras, books)]
        for trial in range(trials):
            for camera in cameras:
                camera.usual()
                camera.rate, camera.on = CAMERA_RATE, True
                camera.size = lambda: (120, 160)
            before = [sum(book.answers.values()) for book in books]
            for book in books:
                book.ages.clear()
            time.sleep(rng.uniform(2, 3))
            shares = np.array([sum(b.answers.values()) for b in books]) - before
            reason = _judged(shares, max(max(book.ages, default=0) for book in books))
            if trial == trials - 1:
                for camera in cameras:
                    camera.on = False
                for stretch in stretches:
                    stretch.end()
            yield reason or "; ".join(filter(None, (book.take_faults() for book in books)))
    for book in books:
        book.leave()


def _judged(shares, oldest):
    """What is unfair of the answers to each camera, or too late of their ages [s]."""
    if not shares.any() or shares.min() < _FAIR * shares.mean() - 1:  # one more is in the works
        return f"shares from {shares.min()} to {shares.max()}"
    return f"poses of {oldest:.1f} s" if oldest > _OLDEST else ""


class _Listener(threading.Thread):
    """One more subscriber, on a connection of its own."""

    def __init__(self, topic, name):
        super().__init__(daemon=True)
        self.count = 0
        self._socket = _connection(topic, name)
        self.start()

    def run(self):
        try:
            while self._take(struct.unpack("<I", self._take(4))[0]) is not None:
                self.count += 1
        except OSError:
            return

    def _take(self, size):
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def close(self):
        self._socket.close()


def _server(topic, name):
    """(host, port) where the publisher of a topic takes the subscriber of this name."""
    publishers = dict(rosgraph.Master("/faults").getSystemState()[0])
    uri = rosgraph.Master("/faults").lookupNode(publishers[topic][0])
    return xmlrpc.client.ServerProxy(uri).requestTopic(name, topic, [["TCPROS"]])[2][1:]


def _connection(topic, name):
    """A socket as of a subscriber of poses, by the protocol of ROS."""
    fields = {
        "callerid": name,
        "topic": topic,
        "type": HumanPoseArray._type,
        "md5sum": HumanPoseArray._md5sum,
    }
    lines = [f"{key}={value}".encode() for key, value in fields.items()]
    header = b"".join(struct.pack("<I", len(line)) + line for line in lines)
    connection = socket.create_connection(_server(topic, name), 10)
    connection.sendall(struct.pack("<I", len(header)) + header)
    connection.settimeout(10)
    return connection


def fifty_listeners(rng, trials):
    """All get what one gets, and the frames go on."""
    with Scene(rng, 0) as scene:
        if not scene.flows(60):
            yield "no poses without them"
            return
        stretch = Stretch(scene.camera, scene.accountant)
        for trial in range(trials):
            listeners = [
                _Listener("/pose_estimator/poses", f"/listener_{i}") for i in range(LISTENERS)
            ]
            scene.camera.on = True
            before = sum(scene.accountant.answers.values())
            time.sleep(rng.uniform(1, 2))
            answers = sum(scene.accountant.answers.values()) - before
            if trial == trials - 1:
                stretch.end()
            worst = min(listener.count for listener in listeners)
            for listener in listeners:
                listener.close()
            few = worst < 0.8 * answers - 3 or not answers
            yield f"{worst} of {answers} poses" if few else scene.accountant.take_faults()


def silent_connections(rng, trials):
    """One who connects behind those who say nothing gets poses, and the frames go on."""
    topic = "/pose_estimator/poses"
    with Scene(rng, 0) as scene:
        if not scene.flows(60):
            yield "no poses without them"
            return
        stretch = Stretch(scene.camera, scene.accountant)
        for trial in range(trials):
            place = _server(topic, "/silent")
            try:
                silent = [socket.create_connection(place, 10) for _ in range(rng.integers(1, 10))]
                listener = _Listener(topic, f"/late_{trial}")
            except OSError as error:
                yield f"no connection behind silent ones: {error}"
                continue
            scene.camera.on = True
            heard = within(10, lambda: listener.count)  # noqa: B023
            if trial == trials - 1:
                stretch.end()
            for connection in (*silent, listener):
                connection.close()
            yield scene.accountant.take_faults() if heard else "no poses behind silent connections"


def write_bag(path, count):
    """A bag of the photograph, so often, at ten a second; its path."""
    photo = photograph()
    with rosbag.Bag(str(path), "w") as bag:
        for i in range(count):
            msg = picture(photo, 240, 320)
            msg.header.stamp = rospy.Time(1000) + rospy.Duration(0.1 * i)
            msg.header.frame_id = f"bag_{i}"
            bag.write("/bag/image_raw", msg, msg.header.stamp)
    return path


def looping_bag(rng, trials):
    """Poses of each round, with the headers of the bag's images."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_bag(Path(folder, "loop.bag"), _BAG)
        with rosbag.Bag(str(path)) as bag:
            frames = {m.header.frame_id: m.header.stamp for _, m, _ in bag.read_messages()}
        rospy.set_param("/use_sim_time", True)
        got = []
        listener = rospy.Subscriber("/looped/poses", HumanPoseArray, got.append, queue_size=100)
        try:
            with estimator(name="looped", image="/bag/image_raw"):
                yield from _rounds(path, got, frames, trials)
        finally:
            rospy.delete_param("/use_sim_time")
            listener.unregister()


def _rounds(path, got, frames, trials):
    within(60, lambda: rosgraph.is_master_online() and _is_advertised("/looped/poses"))
    with Node("rosbag", "play", "--clock", "-l", "-q", path, respawn=False):
        for _ in range(trials):
            within(20, lambda: _wraps(got) > 0)
            wrong = [
                m.header.frame_id for m in got if frames.get(m.header.frame_id) != m.header.stamp
            ]
            came = _wraps(got) > 0
            del got[:-1]
            yield f"poses of {wrong[0]}" if wrong else ("" if came else "no poses of a new round")


def _is_advertised(topic):
    return topic in dict(rospy.get_published_topics())


def _wraps(messages):
    """How often the stamps go back."""
    stamps = [m.header.stamp for m in list(messages)]
    return sum(b < a for a, b in zip(stamps, stamps[1:]))


HARMS = {
    "8-cameras": (eight_cameras, "fair shares, poses younger than 2 s, every frame has an account"),
    "50-listeners": (fifty_listeners, "each gets the poses, every frame has an account"),
    "silent-connections": (
        silent_connections,
        "who connects behind them gets the poses, every frame has an account",
    ),
    "looping-bag": (looping_bag, "poses of each round, with its headers"),
}
