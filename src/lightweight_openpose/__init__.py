"""Human pose estimation: people in images, with track ids and where their heads point.

    import lightweight_openpose as lop

    people = lop.PoseEstimator.load()("photo.jpg")

The names of `__all__` are the front door; each loads its part of the package at its first use, so
that a message of `lightweight_openpose.msg` pulls nothing behind it.
"""

import sys
from importlib import import_module  # noqa: TID251 of the names below
from typing import TYPE_CHECKING, List

# OpenVINO reports each import of it, and NNCF its use, to their maker: they fork the process, and
# end the copy by a signal where no answer comes. Images of people are no place for that, and a
# copy of a node takes the node off the master when it is ended. Without this package they do not.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

if TYPE_CHECKING:
    from .display.drawing import draw_poses
    from .estimation.estimator import PoseEstimator
    from .geometry.camera import Camera
    from .geometry.head import solve_head
    from .poses.people import People
    from .poses.pose import Pose
    from .poses.skeleton import Skeleton
    from .tracking.tracker import Tracker

    __version__: str

__all__ = [
    "Camera",
    "People",
    "Pose",
    "PoseEstimator",
    "Skeleton",
    "Tracker",
    "__version__",
    "draw_poses",
    "solve_head",
]

_MODULES = {  # where each name is
    "Camera": "geometry.camera",
    "People": "poses.people",
    "Pose": "poses.pose",
    "PoseEstimator": "estimation.estimator",
    "Skeleton": "poses.skeleton",
    "Tracker": "tracking.tracker",
    "draw_poses": "display.drawing",
    "solve_head": "geometry.head",
}


if not TYPE_CHECKING:  # to which it would say that any name is there
    # PEP 562. catkin's devel space runs this file in an __init__.py of its own.
    def __getattr__(name: str):
        if name == "__version__":
            value = import_module(f"{__name__}.files").package_version()
        elif name in _MODULES:
            value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
