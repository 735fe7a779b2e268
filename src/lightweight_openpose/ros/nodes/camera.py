"""Webcam, file, folder or stream -> image_raw and camera_info."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import cv2
import rospy
import yaml
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from lightweight_openpose.poses.ranged import ranged
from lightweight_openpose.ros.messages.images import bgr_to_image
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.sources import Source

_FIRST_WAIT = 0.5  # s before a lost camera is opened again
_LONGEST_WAIT = 10.0  # s likewise; each wait is twice the one before
_OUT_OF_STEP = 1.0  # s; further from the time due than this, the pace begins anew
_MATRICES = (  # field of CameraInfo, key in the file, how many numbers it has
    ("K", "camera_matrix", 9),
    ("R", "rectification_matrix", 9),
    ("P", "projection_matrix", 12),
)


@dataclass(frozen=True)
class CameraSettings:
    """Parameters of camera_node (config/camera.yaml)."""

    source: str = "0"  # webcam index, device, file, folder or URL
    rate: float = ranged(0.0, 0.0)  # frames/s; 0: the source's own
    loop: bool = False
    hold: float = ranged(2.0, 0.0)  # s for which a still image is shown
    max_seconds: float = ranged(0.0, 0.0)  # s, of each video file; 0: all of it
    width: int = ranged(0, 0)  # px; 0: the source's own
    height: int = ranged(0, 0)  # px; 0: the source's own
    frame_id: str = "camera_optical_frame"
    calibration: str = ""  # path of a YAML from camera_calibration
    jpeg_quality: int = ranged(0, 0, 100)  # of image_raw/compressed; 0: none
    patience: float = ranged(5.0, 0.1)  # s without a frame, then a camera is opened again
    wait_for_subscribers: int = ranged(0, 0)  # of image_raw, before the first frame

    @property
    def size(self):
        """(width, height) to scale frames to, None for the source's own."""
        return (self.width, self.height) if self.width and self.height else None


def read_calibration(path: str) -> CameraInfo:
    """CameraInfo from a YAML as camera_calibration and camera_info_manager write it.

    Raises ValueError.
    """
    try:
        with open(path) as stream:
            return _to_info(yaml.safe_load(stream))
    except OSError as error:
        raise ValueError(f"calibration {path} cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"calibration {path} has no field {error}") from None
    except (ValueError, TypeError, yaml.YAMLError) as error:
        fault = str(error).splitlines()[0]
        raise ValueError(f"calibration {path} is no camera_info_manager file: {fault}") from None


def _to_info(document) -> CameraInfo:
    info = CameraInfo(
        width=int(document["image_width"]),
        height=int(document["image_height"]),
        distortion_model=document["distortion_model"],
    )
    info.D = [float(v) for v in document["distortion_coefficients"]["data"]]
    for field, key, count in _MATRICES:
        values = [float(v) for v in document[key]["data"]]
        if len(values) != count:
            raise ValueError(f"{key} has {len(values)} numbers, expected {count}")
        setattr(info, field, values)
    return info


class CameraNode:
    """Publishes the frames of a source, and goes down with it when it ends."""

    def __init__(self, settings: CameraSettings):
        self._settings = settings
        self._source = Source(
            settings.source,
            settings.hold,
            settings.max_seconds,
            settings.size,
            settings.patience,
        )
        calibration = settings.calibration
        self._info = read_calibration(calibration) if calibration else CameraInfo()
        self._images = rospy.Publisher("image_raw", Image, queue_size=2)
        self._infos = rospy.Publisher("camera_info", CameraInfo, queue_size=2)
        self._jpegs = None
        if settings.jpeg_quality:
            topic = "image_raw/compressed"
            self._jpegs = rospy.Publisher(topic, CompressedImage, queue_size=2)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        wanted = self._settings.wait_for_subscribers
        while self._images.get_num_connections() < wanted and not rospy.is_shutdown():
            time.sleep(0.1)
        try:
            self._play()
        except (rospy.ROSException, rospy.ROSInterruptException):
            return  # the topics closed: the node is going down
        for path in self._source.unreadable:
            text = "%s: %s is no image or video that OpenCV can read: skipped"
            rospy.logerr(text, rospy.get_name(), path)
        rospy.loginfo("%s: %s ended", rospy.get_name(), self._source.source)
        rospy.signal_shutdown("the source ended")

    def _play(self):
        """Publish the source to its end, in loops where that is set; a camera again and again."""
        wait = _FIRST_WAIT
        while not rospy.is_shutdown():
            try:
                for frame in self._paced():
                    self._publish(frame)
                    wait = _FIRST_WAIT
            except SourceError as error:
                if not self._source.live:
                    rospy.logfatal("%s: %s", rospy.get_name(), error)
                    return
                text = "%s: %s Trying again in %.1f s."
                rospy.logerr(text, rospy.get_name(), error, wait)
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
                continue
            if not self._settings.loop:
                return

    def _paced(self):
        """Frames of a file at the rate wanted, those of a camera as they come unless slowed."""
        due = None
        for frame, fps in self._source:
            if rospy.is_shutdown():
                return
            rate = self._settings.rate or (0 if self._source.live else fps)
            if rate:
                now = time.monotonic()  # ROS time may stand still or jump while a bag plays
                if due is None or abs(now - due) > _OUT_OF_STEP:
                    due = now
                if self._source.live and now < due:
                    continue
                time.sleep(max(0, due - now))
                due += 1 / rate
            yield frame

    def _publish(self, frame):
        if self._settings.size:
            frame = cv2.resize(frame, self._settings.size, interpolation=cv2.INTER_AREA)
        header = rospy.Header(stamp=rospy.Time.now(), frame_id=self._settings.frame_id)
        msg = bgr_to_image(frame, header)
        self._info.header = msg.header
        if not self._info.K[0]:
            self._info.height, self._info.width = frame.shape[:2]
        self._infos.publish(self._info)
        self._images.publish(msg)
        if self._jpegs is not None and self._jpegs.get_num_connections():
            self._jpegs.publish(self._compressed(frame, header))

    def _compressed(self, frame, header) -> CompressedImage:
        quality = [cv2.IMWRITE_JPEG_QUALITY, self._settings.jpeg_quality]
        data = cv2.imencode(".jpg", frame, quality)[1].tobytes()
        return CompressedImage(header, "bgr8; jpeg compressed bgr8", data)


def main() -> None:
    """Run the node."""
    params.run("camera_node", CameraSettings, CameraNode)
