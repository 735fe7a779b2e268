"""Webcam, file, folder or stream -> image_raw and camera_info."""
from __future__ import annotations

import threading
import time

import cv2
import rospy
import yaml
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from lightweight_openpose.ros.messages.images import bgr_to_image
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.sources import Source

_BACK_OFF = (0.5, 10.0)  # s before a lost camera is opened again: first, longest


def read_calibration(path: str) -> CameraInfo:
    """CameraInfo from a calibration YAML as camera_calibration and camera_info_manager write it. Raises ValueError."""
    try:
        with open(path) as stream:
            document = yaml.safe_load(stream)
        info = CameraInfo(width=int(document["image_width"]), height=int(document["image_height"]),
                          distortion_model=document["distortion_model"])
        info.D = [float(v) for v in document["distortion_coefficients"]["data"]]
        for field, key, count in (("K", "camera_matrix", 9), ("R", "rectification_matrix", 9),
                                  ("P", "projection_matrix", 12)):
            values = [float(v) for v in document[key]["data"]]
            if len(values) != count:
                raise ValueError(f"{key} has {len(values)} numbers, expected {count}")
            setattr(info, field, values)
        return info
    except OSError as error:
        raise ValueError(f"calibration {path} cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"calibration {path} has no field {error}") from None
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"calibration {path} is no camera_info_manager file: {str(error).splitlines()[0]}") from None


class CameraNode:
    def __init__(self, source: Source, info: CameraInfo, frame_id: str, rate: float = 0.0, loop: bool = False,
                 size=None, jpeg_quality: int = 0, wait_for: int = 0):
        """rate: frames/s, 0 for the source's own; size: (width, height) to scale frames to, or None; jpeg_quality: of
        image_raw/compressed, 0 for none; wait_for: subscribers of image_raw before a file starts to play.
        """
        self._source, self._info, self._frame_id = source, info, frame_id
        self._rate, self._loop, self._size, self._quality, self._wait_for = rate, loop, size, jpeg_quality, wait_for
        self._image = rospy.Publisher("image_raw", Image, queue_size=2)
        self._infos = rospy.Publisher("camera_info", CameraInfo, queue_size=2)
        self._jpeg = rospy.Publisher("image_raw/compressed", CompressedImage, queue_size=2) if jpeg_quality else None
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self):
        while self._image.get_num_connections() < self._wait_for and not rospy.is_shutdown():
            time.sleep(0.1)
        wait = _BACK_OFF[0]
        while not rospy.is_shutdown():
            try:
                for frame, fps in self._paced():
                    self._publish(frame)
                    wait = _BACK_OFF[0]
            except SourceError as error:
                if not self._source.live:
                    rospy.logfatal("%s: %s", rospy.get_name(), error)
                    break
                rospy.logerr("%s: %s Trying again in %.1f s.", rospy.get_name(), error, wait)
                time.sleep(wait)
                wait = min(2 * wait, _BACK_OFF[1])
                continue
            except (rospy.ROSException, rospy.ROSInterruptException):
                return
            if not self._loop:
                break
        for path in self._source.unreadable:
            rospy.logerr("%s: %s is no image or video that OpenCV can read: skipped", rospy.get_name(), path)
        rospy.loginfo("%s: %s ended", rospy.get_name(), self._source.source)
        rospy.signal_shutdown("the source ended")

    def _paced(self):
        """Frames of the source; those of a file at the rate wanted, those of a camera as they come unless slowed."""
        due = None
        for frame, fps in self._source:
            if rospy.is_shutdown():
                return
            now = time.monotonic()  # ROS time may stand still or jump while a bag plays
            rate = self._rate or (0 if self._source.live else fps)
            if rate:
                due = now if due is None or now < due - 1 or now > due + 1 else due
                if self._source.live and now < due:
                    continue
                time.sleep(max(0, due - now))
                due += 1 / rate
            yield frame, fps

    def _publish(self, frame):
        if self._size:
            frame = cv2.resize(frame, self._size, interpolation=cv2.INTER_AREA)
        msg = bgr_to_image(frame, rospy.Header(stamp=rospy.Time.now(), frame_id=self._frame_id))
        info = self._info
        info.header = msg.header
        if not info.K[0]:
            info.height, info.width = frame.shape[:2]
        self._infos.publish(info)
        self._image.publish(msg)
        if self._jpeg is not None and self._jpeg.get_num_connections():
            data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, self._quality])[1].tobytes()
            self._jpeg.publish(CompressedImage(header=msg.header, format="bgr8; jpeg compressed bgr8", data=data))


def make_node() -> CameraNode:
    """Node from the private parameters (config/camera.yaml)."""
    size = (params.get("width", 0, 0), params.get("height", 0, 0))
    size = size if all(size) else None
    source = Source(params.get("source", "0"), params.get("hold", 2.0, 0.0), params.get("max_seconds", 0.0, 0.0), size,
                    params.get("patience", 5.0, 0.1))
    calibration = params.get("calibration", "")
    return CameraNode(source, read_calibration(calibration) if calibration else CameraInfo(),
                      params.get("frame_id", "camera_optical_frame"), params.get("rate", 0.0, 0.0),
                      params.get("loop", False), size, params.get("jpeg_quality", 0, 0, 100),
                      params.get("wait_for_subscribers", 0, 0))


def main() -> None:
    params.run("camera_node", make_node)
