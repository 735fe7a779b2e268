"""A camera in this process that does as it is told."""

import threading
import time

import cv2
import numpy as np
import rospy
from sensor_msgs.msg import Image

from .processes import ROOT

HEIGHT, WIDTHS = 240, (318, 320, 322)  # px; of one input size, but a header tells them apart
_CHANNELS = {"bgr8": 3, "rgb8": 3, "bgra8": 4, "mono8": 1, "16UC1": 1, "bayer_rggb8": 1}
ENCODINGS = tuple(_CHANNELS)


def photograph():
    """(512, 512, 3) of a person, or grey where the samples are not here."""
    image = cv2.imread(str(ROOT / ".cache" / "samples" / "4-astronaut.png"))
    return np.full((512, 512, 3), 128, np.uint8) if image is None else image


def picture(photo, height, width, encoding="bgr8"):
    """Image message of a size [px] without stamp; its colours may be anything."""
    pixels = cv2.resize(photo, (width, height))
    channels = _CHANNELS[encoding]
    if channels == 4:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    elif channels == 1:
        pixels = pixels[:, :, 1]
    if encoding == "16UC1":
        pixels = pixels.astype(np.uint16) << 8
    data = pixels.tobytes()
    return Image(height=height, width=width, encoding=encoding, step=len(data) // height, data=data)


class Camera:
    """Publishes the photograph; each frame has a frame_id of its own, by which it is known."""

    def __init__(self, topic="/camera/image_raw", publish=lambda msg: None, name="frame"):
        """publish: told of each message before it goes out."""
        self.publisher = rospy.Publisher(topic, Image, queue_size=2)
        self._tell = publish
        self._name = name
        self.photo = photograph()
        self._lock = threading.Lock()
        self.count = 0
        self.usual()
        self.on = False
        threading.Thread(target=self._run, daemon=True).start()

    def usual(self):
        """Behave well again."""
        self.rate = 15.0
        self.encoding = lambda: "bgr8"
        self.size = lambda: (HEIGHT, WIDTHS[self.count % len(WIDTHS)])
        self.stamp = rospy.Time.now

    def send(self):
        """One frame; its frame_id."""
        with self._lock:
            self.count += 1
            msg = picture(self.photo, *self.size(), self.encoding())
            msg.header.stamp = self.stamp()
            msg.header.frame_id = f"{self._name}_{self.count}"
            self._tell(msg)
            self.publisher.publish(msg)
            return msg.header.frame_id

    def _run(self):
        due = time.monotonic()
        while not rospy.is_shutdown():
            if self.on and self.publisher.get_num_connections():
                self.send()
            due = max(due + 1 / self.rate, time.monotonic() - 0.1)
            time.sleep(max(0.001, due - time.monotonic()))
