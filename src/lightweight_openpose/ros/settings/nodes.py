"""The settings of each node that has parameters in config/."""

from __future__ import annotations

from .camera import CameraSettings
from .head_orientation import HeadOrientationSettings
from .interop import InteropSettings
from .pose_3d import Pose3DSettings
from .pose_estimator import PoseEstimatorSettings
from .pose_events import PoseEventsSettings
from .pose_visualizer import PoseVisualizerSettings
from .replay import ReplaySettings
from .web_view import WebViewSettings

# Name of the node without _node, as of its file in config/ -> its settings.
NODES = {
    "camera": CameraSettings,
    "pose_estimator": PoseEstimatorSettings,
    "head_orientation": HeadOrientationSettings,
    "pose_3d": Pose3DSettings,
    "pose_visualizer": PoseVisualizerSettings,
    "pose_events": PoseEventsSettings,
    "interop": InteropSettings,
    "replay": ReplaySettings,
    "web_view": WebViewSettings,
}
