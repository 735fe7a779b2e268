"""Webcam, file, folder or stream -> image_raw and camera_info."""

from __future__ import annotations

import re
import threading
import time
from typing import Optional, Tuple

import cv2
import numpy as np
import rospy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from lightweight_openpose.ros.messages.images import bgr_to_image, bgr_to_jpeg
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.camera_calibration import CameraCalibration
from lightweight_openpose.ros.plumbing.diagnostics import publish_diagnostics
from lightweight_openpose.ros.settings.camera import CameraSettings
from lightweight_openpose.video import Source, is_live
from lightweight_openpose.video.capture import Mode

from .camera_answers import Answers
from .camera_player import Player
from .camera_status import CameraStatus

_SLOWEST = 0.01  # frames/s
_STILLS = 5.0  # frames/s of a still image that waits for answers: they are all the same


def name_in(namespace: str) -> str:
    """Name of the camera in a namespace: /front/eye/ is front_eye, and / is camera."""
    return re.sub(r"\W", "_", namespace.strip("/")) or "camera"


class CameraNode:
    """Publishes the frames of a source, and goes down with it when it ends.

    failed: whether it ended by a fault, which was logged.
    """

    def __init__(self, settings: CameraSettings):
        self.failed = False
        self._settings = settings
        name = name_in(rospy.get_namespace())
        self._frame_id = settings.frame_id or f"{name}_optical_frame"
        lockstep = not (settings.realtime or is_live(settings.source))
        rate = settings.framerate or (_STILLS if lockstep else 0.0)
        mode = Mode(settings.size, rate, settings.pixel_format, settings.controls)
        self._source = Source(
            settings.source, settings.hold, settings.max_seconds, mode, settings.patience
        )
        self._player = Player(self._source, settings.framerate, settings.loop, settings.patience)
        self._calibration = CameraCalibration(
            settings.camera_info_url, settings.camera_name or name
        )
        # (height, width) [px] of the frames, as they come.
        self._size: Optional[Tuple[int, int]] = None
        self._images = rospy.Publisher("image_raw", Image, queue_size=2)
        self._infos = rospy.Publisher("camera_info", CameraInfo, queue_size=2)
        self._jpegs: Optional[rospy.Publisher] = None
        if settings.jpeg_quality:
            topic = "image_raw/compressed"
            self._jpegs = rospy.Publisher(topic, CompressedImage, queue_size=2)
        self._answers = Answers(self._images) if lockstep else None
        self._status = CameraStatus(settings.source, self._player)
        publish_diagnostics("camera frames", self._status.fill)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        """Whatever ends the frames ends the node."""
        try:
            self._play()
        except (rospy.ROSException, rospy.ROSInterruptException):
            return  # the topics closed: the node is going down
        except Exception as error:
            self.failed = True
            reason = str(error) or type(error).__name__
            rospy.logfatal("%s: %s", rospy.get_name(), reason)
            rospy.signal_shutdown(reason)
        else:
            rospy.loginfo("%s: %s ended", rospy.get_name(), self._source.source)
            rospy.signal_shutdown("the source ended")

    def _play(self) -> None:
        wanted = self._settings.wait_for_subscribers
        while self._images.get_num_connections() < wanted and not rospy.is_shutdown():
            time.sleep(0.1)
        if self._answers is not None:
            self._play_in_lockstep(self._answers)
            return
        for frame in self._player:
            self._publish(frame.image, rospy.Time.now())

    def _play_in_lockstep(self, answers: Answers) -> None:
        """Stamps follow the footage, however long the answers take: filters go by them."""
        answers.wait_for_listeners()
        start: Optional[rospy.Time] = None
        for frame in self._player:
            answers.wait_for_listeners()
            if start is None:
                start = rospy.Time.now()
            stamp = start + rospy.Duration(frame.time)
            self._publish(frame.image, stamp)
            answers.wait_for(stamp)

    def _publish(self, frame: np.ndarray, stamp: rospy.Time) -> None:
        self._watch_size(*frame.shape[:2])
        if self._settings.size:
            frame = cv2.resize(frame, self._settings.size, interpolation=cv2.INTER_AREA)
        header = rospy.Header(stamp=stamp, frame_id=self._frame_id)
        height, width = frame.shape[:2]
        msg = bgr_to_image(frame, header)
        self._infos.publish(self._calibration.info(width, height, msg.header))
        self._images.publish(msg)
        if self._jpegs is not None and self._jpegs.get_num_connections():
            self._jpegs.publish(bgr_to_jpeg(frame, header, self._settings.jpeg_quality))
        self._status.tick(width, height)

    def _watch_size(self, height: int, width: int) -> None:
        before, self._size = self._size, (height, width)
        if self._source.live and before is not None and before != self._size:
            text = "%s: %s now sends %dx%d px instead of %dx%d"
            sizes = (width, height, *before[::-1])
            rospy.logwarn(text, rospy.get_name(), self._source.source, *sizes)


def main() -> None:
    """Run the node."""
    params.run("camera_node", CameraSettings, CameraNode)
