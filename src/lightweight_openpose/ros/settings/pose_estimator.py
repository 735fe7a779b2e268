"""Settings of pose_estimator_node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from lightweight_openpose.estimation import WHOLE_EVERY, DecoderConfig, EstimatorSettings
from lightweight_openpose.settings import one_of, ranged, setting
from lightweight_openpose.tracking import DEFAULT_TRACKER, TRACKERS, TrackerConfig

from . import common


@dataclass(frozen=True)
class TrackingSettings(TrackerConfig):
    """Parameters under ~tracking: those of the tracker, and whether there is one."""

    enabled: bool = setting(True, "false: track_id is -1 and nothing is smoothed")


@dataclass(frozen=True)
class PoseEstimatorSettings(DecoderConfig, EstimatorSettings):
    """Parameters of pose_estimator_node, with their defaults.

    Those from keypoint_threshold to max_people can be changed while the node runs, as by `rosrun
    rqt_reconfigure rqt_reconfigure`.
    """

    min_score: float = ranged(
        0.0,
        0.0,
        1.0,
        "people with a lower score are dropped; 0: what config/models.yaml says of the model",
    )
    regions: bool = setting(
        False,
        "true: between whole images the network sees only their parts with people who are known "
        "(doc/ros_api.md#regions), which is faster where these fill less than half",
    )
    whole_every: int = ranged(
        WHOLE_EVERY,
        1,
        1000,
        "with regions, one image of so many is looked at as a whole, so that a person who comes is "
        "found then at the latest",
    )
    cameras: Tuple[str, ...] = setting(
        (),
        "names of cameras that share one network, such as [front, left]: front/image gives "
        "~front/poses; []: the topic `image`",
    )
    target_fps: float = ranged(
        0.0,
        0.0,
        1000.0,
        "rate of all cameras together, for which the input height gives way; 0: it stays",
        unit="frames/s",
    )
    image_transport: str = common.image_transport()
    tracker: str = one_of(
        DEFAULT_TRACKER,
        TRACKERS,
        "tracker that gives people their ids; oks: by joints, motion and colours of clothes",
    )
    tracking: TrackingSettings = TrackingSettings()
