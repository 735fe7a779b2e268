"""PoseEstimator: an image in, poses out."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.first_answer import FirstAnswer
from lightweight_openpose.backends.layout import DETECTION_SPECS
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .decoding import DecoderConfig, Map, decode, on_host
from .demand import SideBySide, side_by_side
from .faces import FaceEstimator
from .hands import MAX_HANDS, HandEstimator
from .preprocessing import PixelMap, preprocess, reduction_for
from .second_networks import faces_beside, hands_beside
from .single_stage import LEAST_SCORE, decode_detections

SHORTEST, TALLEST = 32, 2048  # px; heights of the network's input


@dataclass
class Timing:
    """Milliseconds that the stages of a frame took."""

    preprocess: float = 0.0
    network: float = 0.0
    decode: float = 0.0
    hands: float = 0.0
    faces: float = 0.0


class Maps(NamedTuple):
    """What the network says of one image."""

    heatmaps: Map  # (K+1, h, w), where the backend decodes
    pafs: Map  # (2L, h, w)
    pixel_map: PixelMap  # of its network input
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # in which hands are looked for

    def on_host(self) -> Tuple[np.ndarray, np.ndarray]:
        """Heatmaps and PAFs as arrays."""
        return on_host(self.heatmaps), on_host(self.pafs)


class Detections(NamedTuple):
    """What a network that gives whole people says of one image."""

    outputs: Tuple[np.ndarray, ...]  # of its layout, without the batch's axis
    pixel_map: PixelMap  # of its network input
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # in which hands are looked for


@dataclass
class PoseEstimator:
    """Finds the people in an image."""

    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]  # see backends.contract
    skeleton: Skeleton = COCO18
    spec: InputSpec = field(default_factory=InputSpec)
    input_height: int = 256  # of the network's input [px]
    stride: int = 8  # network px per map cell
    config: DecoderConfig = field(default_factory=DecoderConfig)
    layout: str = "maps"  # kind of backends.layout that the backend returns
    hands: Optional[HandEstimator] = None  # None: hands are not looked for
    faces: Optional[FaceEstimator] = None  # None: faces are not looked for
    model: str = ""  # its name in models.yaml, empty where it has none
    _first_answer: FirstAnswer = field(
        default_factory=FirstAnswer, init=False, repr=False, compare=False
    )

    @classmethod
    def load(
        cls,
        model: str = "default",
        backend: str = "auto",
        input_height: int = 256,
        device: str = "auto",
        threads: int = 0,
        config: Optional[DecoderConfig] = None,
        skeleton: str = "auto",
        hands: Union[str, bool] = "",
        face: Union[str, bool] = "off",
        max_faces: int = 4,
        max_hands: int = MAX_HANDS,
        notify: Callable[[str], object] = warnings.warn,
    ) -> PoseEstimator:
        """Estimator for a model given by name or path, on a backend.

        See zoo.catalogue.resolve and backends.choice.choose. skeleton: name or YAML file; "auto":
        what models.yaml or the model file says, else coco18. config: None: the defaults with the
        least score that models.yaml gives for the model. hands: True or "true" looks for hands
        with the package's network, "" does not, else name or path of a network of hands, on the
        same backend where that reads its file. face: "auto" looks for the landmarks of faces with
        the package's network, "off" does not, else name or path of a network of faces. max_hands,
        max_faces: looked at in an image. notify(text): called when another model or runtime runs
        than the one to prefer.

        Raises FileNotFoundError, ValueError or RuntimeError with a message that names the remedy.
        """
        from lightweight_openpose.backends.choice import file_for
        from lightweight_openpose.backends.opening import create_backend
        from lightweight_openpose.zoo.catalogue import fallback_notice, resolve

        if not SHORTEST <= input_height <= TALLEST:
            raise ValueError(f"input_height {input_height} is outside {SHORTEST}..{TALLEST} px")
        entry, path = resolve(model)
        path = file_for(entry, path, backend)
        notice = fallback_notice(model, entry)
        if notice:
            notify(notice)
        given = entry.skeleton if entry.known and skeleton == "auto" else skeleton
        wanted = None if given == "auto" else find_skeleton(given)
        runner = create_backend(path, wanted, backend, device, threads, notify)
        info = ModelInfo(COCO18, entry.spec, entry.stride)
        if runner.info and not entry.known:
            info = runner.info
        layout = runner.layout.kind
        if runner.layout.of_crop:
            raise BadModel(f"{path} finds points of a face or hand in its crop: give it beside a "
                           "network that finds people, with --face, --hands, ~face or ~hands")
        if layout == "heatmaps":
            raise BadModel(f"{path} gives heatmaps and no PAFs, as networks of hands do: give it "
                           "as the network of hands beside one that finds people")
        foreign = layout in DETECTION_SPECS and not entry.known
        config = config or DecoderConfig(min_score=LEAST_SCORE if foreign else entry.min_score)
        beside = (runner.skeleton, backend, device, threads)
        finder = hands_beside(hands, *beside, max_hands)
        faces = faces_beside(face, *beside, max_faces)
        return cls(
            runner,
            runner.skeleton,
            info.spec,
            input_height,
            info.stride,
            config,
            layout,
            finder,
            faces,
            model=entry.name if entry.known else "",
        )

    def __call__(self, image: np.ndarray) -> List[Pose]:
        """Poses in a BGR image (H, W, 3) uint8, best first, in px of that image. Raises BadImage.

        Two threads may call it at once.
        """
        return self.decode(self.infer(image))

    def infer(
        self,
        image: np.ndarray,
        input_height: Optional[int] = None,
        backend: Optional[Callable[[np.ndarray], Tuple[np.ndarray, ...]]] = None,
        reduction: int = 1,
    ) -> Union[Maps, Detections]:
        """First half of a call: what the network says of an image.

        While one thread decodes, another may infer. input_height: [px] of this image alone;
        backend: another one that runs the same network; reduction: px of the picture, in which the
        poses will be, per px of the image.
        """
        start = time.perf_counter()
        height = input_height or self.input_height
        tensor, pixel_map = preprocess(image, height, self.spec, reduction)
        ready = time.perf_counter()
        backend = backend or self.backend
        outputs = tuple(output[0] for output in self._first_answer(backend, tensor))
        timing = Timing(1000 * (ready - start), 1000 * (time.perf_counter() - ready))
        if self.layout in DETECTION_SPECS:
            return Detections(outputs, pixel_map, timing, image)
        heatmaps, pafs = outputs
        return Maps(heatmaps, pafs, pixel_map, timing, image)

    def decode(self, seen: Union[Maps, Detections]) -> List[Pose]:
        """Second half of a call: the people with their hands and faces."""
        return self.complete(seen, self.people(seen))

    def people(self, seen: Union[Maps, Detections]) -> List[Pose]:
        """The people without hands and faces; notes the time in what infer() returned."""
        start = time.perf_counter()
        if isinstance(seen, Detections):
            poses = decode_detections(
                seen.outputs, self.layout, self.skeleton, seen.pixel_map, self.config
            )
        else:
            poses = decode(
                seen.heatmaps, seen.pafs, self.skeleton, seen.pixel_map, self.stride, self.config
            )
        seen.timing.decode = 1000 * (time.perf_counter() - start)
        return poses

    def complete(
        self, seen: Union[Maps, Detections], poses: Sequence[Pose], before: Sequence[Pose] = ()
    ) -> List[Pose]:
        """The people, all of them in their order, with the hands and faces that are looked for.

        before: people of the frame before, by whose hands and ids hands are followed. Notes the
        time in what infer() returned.
        """
        poses = list(poses)
        if self.hands is not None and seen.image is not None:
            begin = time.perf_counter()
            poses = self.hands.complete(seen.image, poses, self.skeleton, before)
            seen.timing.hands = 1000 * (time.perf_counter() - begin)
        if self.faces is not None and seen.image is not None:
            begin = time.perf_counter()
            budget = self.faces.share * seen.timing.network
            poses = self.faces.complete(seen.image, poses, self.skeleton, budget)
            seen.timing.faces = 1000 * (time.perf_counter() - begin)
        return poses

    def reduction_for(self, width: int, height: int, input_height: int) -> int:
        """How many times smaller than a picture [px] an image of it may be: 1, 2 or 4."""
        if self.hands is not None or self.faces is not None:
            return 1  # they are cut out of the image
        return reduction_for(width, height, input_height, self.spec)

    def warm_up(self, height: int = 480, width: int = 640) -> None:
        """Run once on a grey image, so that no real frame of its size is the slow one."""
        self(np.full((height, width, 3), 128, np.uint8))
        if self.hands is not None:
            self.hands.warm_up()
        if self.faces is not None:
            self.faces.warm_up()

    def side_by_side(self, height: int = 480, width: int = 640) -> Optional[SideBySide]:
        """Two frames at once in the network, None where that gives no more frames per second.

        Measured on a grey image in about a quarter of a second to one.
        """
        image = np.full((height, width, 3), 128, np.uint8)
        tensor, _ = preprocess(image, self.input_height, self.spec)
        return side_by_side(self.backend, tensor)
