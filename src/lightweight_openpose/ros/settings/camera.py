"""Settings of camera_node."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Dict, Mapping, Optional, Tuple

from lightweight_openpose.settings import one_of, ranged, setting
from lightweight_openpose.video.capture import FOURCC
from lightweight_openpose.video.controls import CONTROLS

_SLOWEST = 0.01  # frames/s
_DEVICE = "in the units of the device, which `v4l2-ctl -L` lists; -1: as the device is"


@dataclass(frozen=True)
class CameraSettings:
    """Parameters of camera_node, with their defaults; where usb_cam has them, by its names."""

    # Names of usb_cam -> of this node; "": there is nothing to choose here.
    aliases: ClassVar[Mapping[str, str]] = {
        "video_device": "source",
        "camera_frame_id": "frame_id",
        "io_method": "",
    }

    source: str = setting(
        "0",
        "webcam index, /dev/videoN, image or video file, folder of those in natural order (2.png "
        "before 10.png), named pipe, rtsp:// or http:// URL",
    )
    framerate: float = ranged(
        0.0,
        0.0,
        1000.0,
        "rate of the images; 0: the source's own, of a video the time stamp of each frame; else "
        f"{_SLOWEST} and more",
        unit="frames/s",
    )
    loop: bool = setting(False, "true: play a file or folder again when it ends")
    realtime: bool = setting(
        True,
        "false: the next frame of a file or folder comes when `poses` have the stamp of the last "
        "one, and no earlier than it is due; a camera or stream does not wait",
    )
    hold: float = ranged(2.0, 0.0, 86400.0, "how long each still image is shown", unit="s")
    max_seconds: float = ranged(
        0.0, 0.0, 86400.0, "part of each video file that is played; 0: all of it", unit="s"
    )
    image_width: int = ranged(
        0,
        0,
        8192,
        "width to which frames are scaled, together with image_height; 0: the source's own",
        unit="px",
    )
    image_height: int = ranged(
        0,
        0,
        8192,
        "height to which frames are scaled, together with image_width; 0: the source's own",
        unit="px",
    )
    pixel_format: str = one_of(
        "auto",
        ["auto", *FOURCC],
        "asked of a device of Video4Linux, as all settings down to gain; auto: its own",
    )
    autoexposure: bool = setting(False, "true: the device chooses the exposure itself")
    exposure: int = ranged(
        -1,
        -1,
        100000,
        "-1: as the device is; from 0 on, and autoexposure false: fixed",
        unit="100 us",
    )
    autofocus: bool = setting(False, "true: the device focuses by itself")
    focus: int = ranged(
        -1,
        -1,
        65535,
        "in the units of the device, 0: at infinity; -1: as the device is; from 0 on, and "
        "autofocus false: fixed",
    )
    auto_white_balance: bool = setting(False, "true: the device chooses the white balance itself")
    white_balance: int = ranged(
        -1,
        -1,
        20000,
        "-1: as the device is; from 0 on, and auto_white_balance false: fixed",
        unit="K",
    )
    brightness: int = ranged(-1, -1, 65535, _DEVICE)
    contrast: int = ranged(-1, -1, 65535, _DEVICE)
    saturation: int = ranged(-1, -1, 65535, _DEVICE)
    sharpness: int = ranged(-1, -1, 65535, _DEVICE)
    gain: int = ranged(-1, -1, 65535, _DEVICE)
    frame_id: str = setting(
        "",
        'frame of the images: z forward, x right, y down (REP-103); "": camera_optical_frame in '
        "the namespace /camera",
    )
    camera_name: str = setting(
        "",
        'name in the calibration, of letters, digits and _; "": that of the namespace, front_eye '
        "in /front/eye",
    )
    camera_info_url: str = setting(
        "",
        "URL of a YAML from camera_calibration, or of its INI (`ost.txt`), which is read but not "
        "written: file:///..., package://PACKAGE/..., with ${ROS_HOME} and ${NAME}; "
        '"": file://${ROS_HOME}/camera_info/${NAME}.yaml; without the file camera_info has K = 0',
    )
    jpeg_quality: int = ranged(0, 0, 100, "quality of image_raw/compressed; 0: it is not published")
    patience: float = ranged(
        5.0,
        0.1,
        3600.0,
        "time without a frame after which a camera or stream is opened again",
        unit="s",
    )
    wait_for_subscribers: int = ranged(
        0, 0, 1000, "subscribers of image_raw that the node waits for before the first frame"
    )

    def __post_init__(self) -> None:
        if bool(self.image_width) != bool(self.image_height):
            raise ValueError(
                f"~image_width is {self.image_width} and ~image_height {self.image_height}: set "
                "both, or neither for the source's own"
            )
        if 0 < self.framerate < _SLOWEST:
            raise ValueError(
                f"~framerate is {self.framerate}; allowed are 0 and {_SLOWEST} and more"
            )
        if not re.match(r"[A-Za-z0-9_]*$", self.camera_name):
            raise ValueError(
                f"~camera_name is {self.camera_name!r}; allowed are letters, digits and _"
            )

    @property
    def controls(self) -> Dict[str, int]:
        """What a device of Video4Linux is asked for, by the names of CONTROLS."""
        return {name: getattr(self, name) for name in CONTROLS}

    @property
    def size(self) -> Optional[Tuple[int, int]]:
        """(width, height) [px] to scale frames to, None for the source's own."""
        return (self.image_width, self.image_height) if self.image_width else None
