"""The calibration of a camera: where it lies, who sets it, and what it says of an image.

Behaves as camera_info_manager does. Its Python port is not packaged everywhere that this package
runs, and with it this file would be needed all the same.
"""

from __future__ import annotations

import copy
import re
import threading
from typing import Dict, Match, Optional, Tuple

import rospkg
import rospy
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfo, SetCameraInfoRequest, SetCameraInfoResponse
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.calibration_file import (
    check_calibration,
    read_calibration,
    write_calibration,
)
from lightweight_openpose.ros.messages.camera_info import info_at
from lightweight_openpose.ros.messages.validation import BadMessage

DEFAULT_URL = "file://${ROS_HOME}/camera_info/${NAME}.yaml"


def path_of(url: str, name: str) -> str:
    """The file of a camera_info_url for the camera `name`; "" is DEFAULT_URL. Raises ValueError."""
    known = {"NAME": name, "ROS_HOME": rospkg.get_ros_home()}

    def value(match: Match[str]) -> str:
        if match.group(1) not in known:
            raise ValueError(
                f"~camera_info_url has {match.group()}; known are ${{NAME}} and ${{ROS_HOME}}"
            )
        return known[match.group(1)]

    resolved = re.sub(r"\$\{(\w*)\}", value, url or DEFAULT_URL)
    kind, _, rest = resolved.partition("://")
    if kind == "file" and rest.startswith("/"):
        return rest
    package, _, inside = rest.partition("/")
    if kind == "package" and package and inside:
        try:
            return f"{rospkg.RosPack().get_path(package)}/{inside}"
        except rospkg.ResourceNotFound:
            raise ValueError(f"~camera_info_url is {url!r}: no package {package}") from None
    raise ValueError(
        f"~camera_info_url is {url!r}; expected file:///absolute/path.yaml or "
        "package://NAME/path.yaml"
    )


class CameraCalibration:
    """Serves `set_camera_info`, and gives the CameraInfo of images of any size.

    A file that is not there is a camera that is not calibrated yet. Raises ValueError for a url or
    a file that cannot be used.
    """

    def __init__(self, url: str, name: str):
        self._path = path_of(url, name)
        self._name = name
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # so that the file and what is sent are of the same call
        self._info: Optional[CameraInfo] = None
        self._of_size: Dict[Tuple[int, int], CameraInfo] = {}  # by (width, height) [px]
        try:
            self._info, written = read_calibration(self._path)
            if written != name:
                text = "%s: the calibration %s is of camera %s, not of %s"
                rospy.logwarn(text, rospy.get_name(), self._path, written, name)
        except FileNotFoundError:
            say = rospy.logwarn if url else rospy.loginfo
            say("%s: no calibration in %s yet", rospy.get_name(), self._path)
        rospy.Service("set_camera_info", SetCameraInfo, self._on_set)

    def info(self, width: int, height: int, header: Header) -> CameraInfo:
        """CameraInfo of an image of width x height [px]; K of zeros where it is not known."""
        with self._lock:
            if (width, height) not in self._of_size:
                self._of_size = {(width, height): self._made_for(width, height)}
            info = copy.copy(self._of_size[width, height])
        info.header = header
        return info

    def _made_for(self, width: int, height: int) -> CameraInfo:
        info = None
        if self._info is not None:
            info = info_at(self._info, width, height)
            if info is None:
                rospy.logerr(
                    "%s: images are %dx%d, but the calibration %s is of %dx%d, another shape: "
                    "camera_info is sent without it (calibrate again, or set ~image_width and "
                    "~image_height)",
                    rospy.get_name(),
                    width,
                    height,
                    self._path,
                    self._info.width,
                    self._info.height,
                )
        return info or CameraInfo(width=width, height=height)

    def _on_set(self, request: SetCameraInfoRequest) -> SetCameraInfoResponse:
        info = request.camera_info
        if self._path.endswith((".ini", ".txt")):
            text = f"{self._path} is read but not written: set ~camera_info_url to a .yaml file"
            return SetCameraInfoResponse(False, text)
        try:
            check_calibration(info)
            self._store(info)
        except BadMessage as error:
            return SetCameraInfoResponse(False, str(error))
        except OSError as error:
            return SetCameraInfoResponse(False, f"cannot write {self._path}: {error.strerror}")
        rospy.loginfo("%s: calibration stored in %s", rospy.get_name(), self._path)
        return SetCameraInfoResponse(True, f"stored in {self._path}")

    def _store(self, info: CameraInfo) -> None:
        """Write the file, and send what it holds from now on; calls take turns."""
        with self._writing:
            write_calibration(self._path, info, self._name)
            with self._lock:
                self._info = info
                self._of_size = {}
