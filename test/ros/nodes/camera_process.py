"""camera_node in a process of its own, for the node tests."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import cv2
import numpy as np
import rospy
from sensor_msgs.msg import CameraInfo

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
NOISE = [
    np.random.default_rng(i).integers(0, 255, (120, 160, 3)).astype(np.uint8) for i in range(20)
]
NODE = os.path.join(ROOT, "scripts", "camera_node.py")


class CameraProcess:
    """camera_node for the time of a block. parameters: its private ones; home: its ROS_HOME."""

    def __init__(self, namespace, home=None, code=None, **parameters):
        self._log = tempfile.TemporaryFile()
        program = [NODE] if code is None else ["-c", code]
        arguments = [f"_{name}:={value}" for name, value in parameters.items()]
        environment = dict(os.environ, PYTHONUNBUFFERED="1")
        if home is not None:
            environment["ROS_HOME"] = str(home)
        self.process = subprocess.Popen(
            [sys.executable, *program, f"__ns:={namespace}", *arguments],
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def log(self):
        """What it has said so far."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode()

    def said(self, text):
        """How many lines have the text."""
        return sum(text in line for line in self.log().splitlines())

    def ended(self, timeout=30):
        """Its exit code."""
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self._log.close()


class CameraCase(unittest.TestCase):
    """A folder with a picture, and nodes that play it with their ROS_HOME there."""

    @classmethod
    def setUpClass(cls):
        rospy.init_node("camera_test")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.still = self.picture("still.png", NOISE[0])

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def picture(self, name, image):
        cv2.imwrite(self.path(name), image)
        return self.path(name)

    def play(self, namespace, **parameters):
        if rospy.has_param(namespace):
            rospy.delete_param(namespace)  # of its last start
        return CameraProcess(namespace, self.folder, **dict({"source": self.still}, **parameters))

    def first(self, namespace):
        """The first camera_info that comes."""
        return rospy.wait_for_message(f"{namespace}/camera_info", CameraInfo, 30)
