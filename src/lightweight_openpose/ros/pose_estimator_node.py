"""Images in, HumanPoseArray out: always from the newest image, only while somebody listens."""
from __future__ import annotations

import threading
import time

import rospy
from dynamic_reconfigure.server import Server

from ..cfg import PoseEstimatorConfig
from ..decoding import DecoderConfig
from ..estimator import PoseEstimator
from ..msg import HumanPoseArray
from ..preprocessing import BadImage
from ..srv import Estimate, EstimateResponse
from ..tracking import Tracker, TrackerConfig
from . import params
from .conversions import image_to_bgr, poses_to_msg
from .health import StreamHealth, publish_diagnostics, summarise
from .images import BUFFER_BYTES, TRANSPORTS, image_topic, image_type, why_no_images
from .lazy import LazySubscriptions
from .mailbox import NewestFirst

SILENCE = 5.0  # s without images after which the node says why


class PoseEstimatorNode:
    def __init__(self, estimator: PoseEstimator, tracker, transport: str = "raw"):
        """tracker: a Tracker, or None to publish poses without ids."""
        self._estimator, self._tracker = estimator, tracker
        self._topic, self._type = image_topic(transport), image_type(transport)
        self._busy = threading.Lock()  # the service and the stream share one estimator
        self._health = StreamHealth()
        self._warned = False
        self._reconfigure = Server(PoseEstimatorConfig, self._on_config)
        self._mailbox = NewestFirst(self._process)
        self._inputs = LazySubscriptions(self._subscribe)
        self._publisher = self._inputs.advertise("~poses", HumanPoseArray)
        self._service = rospy.Service("~estimate", Estimate, self._on_estimate)
        self._diagnostics = publish_diagnostics("pose estimator", self._fill_status)
        rospy.loginfo("%s: %s on %s, input height %d px, listening to %s when somebody wants poses", rospy.get_name(),
                      estimator.backend.name, estimator.backend.device, estimator.input_height, self._topic)
        self._inputs.update()

    def close(self) -> None:
        self._mailbox.close()

    def _subscribe(self):
        self._health.last_received = time.monotonic()
        return [rospy.Subscriber(self._topic, self._type, self._on_image, queue_size=1, buff_size=BUFFER_BYTES)]

    def _on_image(self, msg):
        self._health.receive()
        self._mailbox.put(msg)

    def _on_config(self, config, level):
        fields = DecoderConfig.__dataclass_fields__
        self._estimator.config = DecoderConfig(**{name: config[name] for name in fields})
        return config

    def _process(self, msg):
        try:
            self._publisher.publish(self._estimate(msg, self._tracker))
            self._health.processed.tick()
            self._health.age_ms = (rospy.Time.now() - msg.header.stamp).to_sec() * 1000
        except BadImage as error:
            self._health.fail(error)
        except rospy.ROSException:
            return  # the topic closed while the node goes down
        except Exception as error:  # the node outlives any one frame
            self._health.fail(f"{type(error).__name__}: {error}")

    def _estimate(self, msg, tracker) -> HumanPoseArray:
        image = image_to_bgr(msg)
        with self._busy:
            poses = self._estimator(image)
        if tracker is not None:
            poses = tracker.update(poses, msg.header.stamp.to_sec(), image)
        return poses_to_msg(poses, msg.header, image.shape[0], image.shape[1], self._estimator.skeleton)

    def _on_estimate(self, request):
        try:
            return EstimateResponse(self._estimate(request.image, None))
        except BadImage as error:
            raise rospy.ServiceException(str(error)) from error

    def _fill_status(self, status):
        wanted = self._inputs.wanted
        summarise(status, self._health, wanted, SILENCE)
        self._warn_if_silent(wanted)
        timing, backend = self._estimator.timing, self._estimator.backend
        for key, value in (("backend", backend.name), ("device", backend.device),
                           ("input height [px]", self._estimator.input_height), ("image topic", self._topic),
                           ("fps in", f"{self._health.received():.1f}"), ("fps out", f"{self._health.processed():.1f}"),
                           ("dropped for newer frames", self._mailbox.dropped), ("bad frames", self._health.bad),
                           ("input age at publishing [ms]", f"{self._health.age_ms:.0f}"),
                           ("preprocess [ms]", f"{timing.preprocess:.1f}"), ("network [ms]", f"{timing.network:.1f}"),
                           ("decode [ms]", f"{timing.decode:.1f}"), ("last error", self._health.last_error)):
            status.add(key, str(value))
        return status

    def _warn_if_silent(self, wanted):
        silent = wanted and time.monotonic() - self._health.last_received > SILENCE
        if silent and not self._warned:
            rospy.logwarn("%s: no image on %s for %.0f s: %s", rospy.get_name(), self._topic, SILENCE,
                          why_no_images(self._topic))
        self._warned = silent


def make_node() -> PoseEstimatorNode:
    """Node from the private parameters (config/pose_estimator.yaml)."""
    transport = params.get("image_transport", "raw", choices=TRANSPORTS)
    estimator = PoseEstimator.load(
        params.get("model", "default"), params.get("backend", "auto"), params.get("input_height", 256, 32, 2048),
        params.get("device", "auto"), params.get("threads", 0, 0, 256), skeleton=params.get("skeleton", "auto"))
    tracker = make_tracker(estimator.skeleton)
    estimator.warm_up()
    return PoseEstimatorNode(estimator, tracker, transport)


def make_tracker(skeleton):
    """Tracker from the parameters under ~tracking, or None where it is off."""
    config = TrackerConfig(
        max_lost=params.get("tracking/max_lost", 30, 0), min_hits=params.get("tracking/min_hits", 2, 1),
        new_score=params.get("tracking/new_score", 0.15, 0.0, 1.0),
        min_similarity=params.get("tracking/min_similarity", 0.1, 0.001, 1.0),
        smoothing=params.get("tracking/smoothing", True), min_cutoff=params.get("tracking/min_cutoff", 1.5, 0.01),
        beta=params.get("tracking/beta", 10.0, 0.0))
    return Tracker(skeleton, config) if params.get("tracking/enabled", True) else None


def main() -> None:
    params.run("pose_estimator_node", make_node)
