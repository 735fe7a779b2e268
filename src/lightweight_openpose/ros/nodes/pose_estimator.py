"""Images in, HumanPoseArray out: always from the newest image, only while somebody listens."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from functools import partial
from typing import Any, Dict, List, Optional, Sequence, Tuple

import rospy
from diagnostic_updater import DiagnosticStatusWrapper
from dynamic_reconfigure.server import Server

from lightweight_openpose.backends import runtime_of
from lightweight_openpose.cfg import PoseEstimatorConfig
from lightweight_openpose.estimation import DecoderConfig, PoseEstimator, Regions
from lightweight_openpose.estimation.height_controller import HeightController
from lightweight_openpose.estimation.pipeline import Pipeline
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import people_to_msg
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.camera_size import CameraSize
from lightweight_openpose.ros.plumbing.diagnostics import publish_diagnostics
from lightweight_openpose.ros.plumbing.guard import guarded_service
from lightweight_openpose.ros.plumbing.image_topics import image_topic
from lightweight_openpose.ros.settings.pose_estimator import (
    PoseEstimatorSettings,
)
from lightweight_openpose.srv import Estimate, EstimateRequest, EstimateResponse
from lightweight_openpose.tracking import PersonTracker, make_tracker

from .camera_stream import CameraStream

FACES_SHARE = 0.3  # of the network's time, that faces may take


_THRESHOLDS = {field.name: field.default for field in fields(DecoderConfig)}


def keep_thresholds(config: Dict[str, Any], before: DecoderConfig) -> List[str]:
    """Keep the value before of each threshold that is no number, or no whole one where it counts.

    dynamic_reconfigure lets them through: NaN is in every range, and types are not looked at.
    config: name -> value, changed in place. Returns a line for each.
    """
    refusals = []
    for name, default in _THRESHOLDS.items():
        value = config[name]
        kind = int if isinstance(default, int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not math.isfinite(value):
            config[name] = getattr(before, name)
            expected = "a whole number" if kind is int else "a number"
            refusals.append(f"{name} stays {config[name]}: {value!r} is not {expected}")
    return refusals


def take_old_names(config: Dict[str, Any]) -> None:
    """Give thresholds that come under their old names to those of today, within the ranges.

    dynamic_reconfigure lets names through that it does not know. config: changed in place.
    """
    allowed = {field.name: field.metadata for field in fields(DecoderConfig)}
    for old in DecoderConfig.old_names.keys() & config.keys():
        name, value = DecoderConfig.old_names[old], config.pop(old)
        text = "%s: %s is now %s; the old name is gone in version 2"
        rospy.logwarn_once(text, rospy.get_name(), old, name)
        if isinstance(value, (int, float)):
            value = min(max(value, allowed[name]["low"]), allowed[name]["high"])
        config[name] = value


class PoseEstimatorNode:
    """Wires cameras to a pipeline: camera -> stream -> pipeline -> stream -> poses."""

    def __init__(
        self,
        estimator: PoseEstimator,
        settings: PoseEstimatorSettings,
        sizes: Sequence[CameraSize] = (),
    ):
        """sizes: of the images of the cameras, in their order; none: the first images tell."""
        self._estimator = estimator
        self._model_min_score = estimator.config.min_score
        self._thresholds: DecoderConfig = settings  # as they were asked for
        self._target_fps = settings.target_fps
        self._reconfigure = Server(PoseEstimatorConfig, self._on_config)
        measure = None if settings.target_fps else estimator.two_streams
        self._pipeline = Pipeline(estimator, _heights(estimator, settings), measure)
        self._streams = [
            CameraStream(
                name,
                settings.image_transport,
                _tracker(estimator, settings),
                estimator.skeleton,
                self._pipeline,
                estimator.model,
                _regions(estimator, settings),
            )
            for name in settings.cameras or [""]
        ]
        self._service = rospy.Service("~estimate", Estimate, guarded_service(self._on_estimate))
        rospy.loginfo(
            "%s: %s, input height %d px, listening to %s when somebody wants poses",
            rospy.get_name(),
            runtime_of(estimator.backend),
            estimator.input_height,
            ", ".join(stream.topic for stream in self._streams),
        )
        for stream in self._streams:
            fill = partial(self._fill_status, stream)
            publish_diagnostics(stream.title, fill, stream.topic_status)
            stream.start()
        for stream, size in zip(self._streams, sizes):
            size.when_known(stream.prepare)

    def close(self) -> None:
        """End the pipeline's threads."""
        self._pipeline.close()

    def _on_config(self, config: Dict[str, Any], level: int) -> Dict[str, Any]:
        take_old_names(config)
        for refusal in keep_thresholds(config, self._thresholds):
            rospy.logerr("%s: %s", rospy.get_name(), refusal)
        self._thresholds = DecoderConfig(**{name: config[name] for name in _THRESHOLDS})
        min_score = self._thresholds.min_score or self._model_min_score
        self._estimator.config = replace(self._thresholds, min_score=min_score)
        return config

    def _on_estimate(self, request: EstimateRequest) -> EstimateResponse:
        image = image_to_bgr(request.image)
        with self._pipeline.lock:
            maps = self._estimator.infer(image)
        people = self._estimator.decode(maps)
        return EstimateResponse(people_to_msg(people, request.image.header))

    def _fill_status(
        self, stream: CameraStream, status: DiagnosticStatusWrapper
    ) -> DiagnosticStatusWrapper:
        stream.fill_status(status)
        timing = self._pipeline.timing
        backend: Any = self._estimator.backend  # with the attributes that backends.contract names
        status.add("backend", backend.name)
        status.add("device", backend.device)
        status.add("precision", backend.precision)
        status.add("input height [px]", str(self._pipeline.input_height))
        status.add("target fps", f"{self._target_fps:g}" if self._target_fps else "none")
        status.add("frames in the network", str(self._pipeline.frames_in_network))
        status.add("preprocess [ms]", f"{timing.preprocess:.1f}")
        status.add("network [ms]", f"{timing.network:.1f}")
        status.add("decode [ms]", f"{timing.decode:.1f}")
        if self._estimator.hands is not None:
            status.add("hands [ms]", f"{timing.hands:.1f}")
            status.add("hands left out", str(self._estimator.hands.left_out))
        if self._estimator.faces is not None:
            status.add("faces [ms]", f"{timing.faces:.1f}")
        return status


def _heights(
    estimator: PoseEstimator, settings: PoseEstimatorSettings
) -> Optional[HeightController]:
    """What holds the frame rate, None where the input height stays."""
    if not settings.target_fps:
        return None
    return HeightController(settings.target_fps, estimator.input_height)


def _known(sizes: Sequence[CameraSize]) -> Tuple[int, int]:
    """(width, height) [px] of the images of the first camera that names it, else those of many."""
    return next((camera.size for camera in sizes if camera.size is not None), (640, 480))


def _regions(estimator: PoseEstimator, settings: PoseEstimatorSettings) -> Optional[Regions]:
    """What chooses the parts of a camera's images, None where each is looked at as a whole."""
    if not settings.regions:
        return None
    why_not = None
    if not estimator.has_regions():
        why_not = "this network takes images of one size, or gives no maps"
    elif settings.target_fps:
        why_not = "with ~target_fps the height of the network's input changes"
    elif not settings.tracking.enabled:
        why_not = "without ~tracking nobody tells who was lost"
    if why_not:
        rospy.logwarn("%s: ~regions is left out: %s", rospy.get_name(), why_not)
        return None
    return Regions(settings.whole_every)


def _tracker(estimator: PoseEstimator, settings: PoseEstimatorSettings) -> Optional[PersonTracker]:
    """A tracker of its own for a camera, None where poses go without ids."""
    if not settings.tracking.enabled:
        return None
    return make_tracker(settings.tracker, estimator.skeleton, settings.tracking)


def make_node(settings: PoseEstimatorSettings) -> PoseEstimatorNode:
    """Node with the estimator that the settings name, ready for images of the cameras' sizes."""
    names = [f"{name}/image" if name else "image" for name in settings.cameras or [""]]
    # From now on: a camera names its size while the network is read.
    sizes = [CameraSize(image_topic(settings.image_transport, name)) for name in names]
    estimator = PoseEstimator.load(
        model=settings.model,
        backend=settings.backend,
        input_height=settings.input_height,
        device=settings.device,
        precision=settings.precision,
        threads=settings.threads,
        skeleton=settings.skeleton,
        hands=settings.hands,
        face=settings.face,
        max_faces=settings.max_faces,
        max_hands=settings.max_hands,
        notify=rospy.logwarn,
    )
    if estimator.faces is not None:
        estimator.faces.share = FACES_SHARE
    estimator.warm_up(*_known(sizes))
    return PoseEstimatorNode(estimator, settings, sizes)


def main() -> None:
    """Run the node."""
    params.run("pose_estimator_node", PoseEstimatorSettings, make_node)
