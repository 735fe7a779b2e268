"""Fields that several nodes have, with one meaning."""

from __future__ import annotations

from lightweight_openpose.display.anonymize import HOW, OFF
from lightweight_openpose.geometry import ASSUMED_FOV
from lightweight_openpose.settings import one_of, ranged, setting

TRANSPORTS = ("raw", "compressed")


def skeleton() -> str:
    """The skeleton of the poses that a node takes."""
    return setting("coco18", "skeleton of the poses: name or YAML file")


def image_transport() -> str:
    """How images come."""
    return one_of("raw", TRANSPORTS, "the node subscribes to `image` or to `image/compressed`")


def assumed_fov() -> float:
    """The field of view where none is known."""
    return ranged(
        ASSUMED_FOV,
        0.1,
        3.0,
        "horizontal field of view that is assumed for a camera without calibration (1.0472: 60 "
        "degrees, as of many webcams)",
        unit="rad",
    )


def rectified() -> bool:
    """Which half of the calibration counts."""
    return setting(
        False,
        "true: the images are rectified, so that P of camera_info counts instead of K and D",
    )


def target_frame(topic: str, what: str) -> str:
    """A second output in a frame of the robot; topic, what: of it."""
    return setting(
        "",
        f"frame such as base_link or map: `{topic}` has the {what} in it, by tf2; "
        '"": there is no such topic',
    )


def frame_prefix(example: str) -> str:
    """What stands before the names of TF frames."""
    return setting("", f"stands before the names of the TF frames, such as front/ for {example}")


def anonymize() -> str:
    """Whether heads are hidden."""
    return one_of(OFF, HOW, "how heads are hidden in the image (doc/privacy.md)")
