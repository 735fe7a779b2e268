"""Images in, HumanPoseArray out: always from the newest image, only while somebody listens."""
from __future__ import annotations

import rospy
from dynamic_reconfigure.server import Server

from lightweight_openpose.cfg import PoseEstimatorConfig
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.height_controller import HeightController
from lightweight_openpose.estimation.pipeline import Pipeline
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.image_topics import TRANSPORTS
from lightweight_openpose.srv import Estimate, EstimateResponse
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig
from lightweight_openpose.video.images import BadImage

from .camera_stream import CameraStream


class PoseEstimatorNode:
    """Wires cameras to a pipeline: camera -> stream -> pipeline -> stream -> poses."""

    def __init__(self, estimator: PoseEstimator, make_tracker, cameras=(), transport: str = "raw", target_fps: float = 0.0):
        """make_tracker(): a new Tracker, or None to publish poses without ids; cameras: names, empty for one camera
        without a name; target_fps: frames per second of all cameras together that the input height gives way to, 0: it
        stays.
        """
        self._estimator = estimator
        self._least_score = estimator.config.min_score
        self._target_fps = target_fps
        heights = HeightController(target_fps, estimator.input_height) if target_fps else None
        self._reconfigure = Server(PoseEstimatorConfig, self._on_config)
        self._pipeline = Pipeline(estimator, heights)
        self._streams = [
            CameraStream(name, transport, make_tracker(), estimator.skeleton, self._pipeline, self._add_status)
            for name in cameras or [""]
        ]
        self._service = rospy.Service("~estimate", Estimate, self._on_estimate)
        rospy.loginfo("%s: %s on %s, input height %d px, listening to %s when somebody wants poses", rospy.get_name(),
                      estimator.backend.name, estimator.backend.device, estimator.input_height,
                      ", ".join(stream.topic for stream in self._streams))
        for stream in self._streams:
            stream.start()

    def close(self) -> None:
        """End the pipeline's threads."""
        self._pipeline.close()

    def _on_config(self, config, level):
        fields = DecoderConfig.__dataclass_fields__
        values = {name: config[name] for name in fields}
        values["min_score"] = values["min_score"] or self._least_score
        self._estimator.config = DecoderConfig(**values)
        return config

    def _on_estimate(self, request):
        try:
            image = image_to_bgr(request.image)
            with self._pipeline.lock:
                maps = self._estimator.infer(image)
        except BadImage as error:
            raise rospy.ServiceException(str(error)) from error
        poses = self._estimator.decode(maps)
        return EstimateResponse(poses_to_msg(poses, request.image.header, *image.shape[:2], self._estimator.skeleton))

    def _add_status(self, stream, status):
        timing = self._pipeline.timing
        backend = self._estimator.backend
        for key, value in (("backend", backend.name), ("device", backend.device),
                           ("input height [px]", self._pipeline.input_height),
                           ("target fps", f"{self._target_fps:g}" if self._target_fps else "none"),
                           ("dropped for newer frames", self._pipeline.dropped(stream)),
                           ("preprocess [ms]", f"{timing.preprocess:.1f}"), ("network [ms]", f"{timing.network:.1f}"),
                           ("decode [ms]", f"{timing.decode:.1f}")):
            status.add(key, str(value))


def make_node() -> PoseEstimatorNode:
    """Node from the private parameters (config/pose_estimator.yaml)."""
    transport = params.get("image_transport", "raw", choices=TRANSPORTS)
    cameras = params.names("cameras")
    target_fps = params.get("target_fps", 0.0, 0.0, 1000.0)
    estimator = PoseEstimator.load(
        params.get("model", "default"), params.get("backend", "auto"), params.get("input_height", 256, 32, 2048),
        params.get("device", "auto"), params.get("threads", 0, 0, 256), skeleton=params.get("skeleton", "auto"),
        notify=rospy.logwarn)
    config = tracker_config()
    estimator.warm_up()
    return PoseEstimatorNode(estimator, lambda: Tracker(estimator.skeleton, config) if config else None, cameras, transport,
                             target_fps)


def tracker_config():
    """TrackerConfig from the parameters under ~tracking, or None where it is off."""
    config = TrackerConfig(
        max_lost=params.get("tracking/max_lost", 30, 0), min_hits=params.get("tracking/min_hits", 2, 1),
        new_score=params.get("tracking/new_score", 0.15, 0.0, 1.0),
        min_similarity=params.get("tracking/min_similarity", 0.1, 0.001, 1.0),
        smoothing=params.get("tracking/smoothing", True), min_cutoff=params.get("tracking/min_cutoff", 1.5, 0.01),
        beta=params.get("tracking/beta", 10.0, 0.0))
    return config if params.get("tracking/enabled", True) else None


def main() -> None:
    params.run("pose_estimator_node", make_node)
