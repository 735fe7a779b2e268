"""Lightweight OpenPose for ROS: people in images, with 18 keypoints each."""

import sys

# OpenVINO reports each import of it, and NNCF its use, to their maker: they fork the process, and
# end the copy by a signal where no answer comes. Images of people are no place for that, and a
# copy of a node takes the node off the master when it is ended. Without this package they do not.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
