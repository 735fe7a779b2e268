"""PoseEstimator: an image in, poses out."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, Optional, Sequence, Tuple, Union, overload

import numpy as np

from lightweight_openpose.backends import BadModel
from lightweight_openpose.backends.first_answer import FirstAnswer
from lightweight_openpose.backends.layout import DETECTION_SPECS
from lightweight_openpose.geometry import Camera, HeadTracker, Orientation
from lightweight_openpose.poses import COCO18, Pose, Skeleton, body_of, convert_pose, find_skeleton
from lightweight_openpose.poses.people import People
from lightweight_openpose.tracking import PersonTracker, Tracker
from lightweight_openpose.video import BadImage, Given, Source, VideoFrame, as_image, check_image
from lightweight_openpose.video.ahead import mapped
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .decoding import DecoderConfig, decode
from .faces import FaceEstimator
from .hands import HandEstimator
from .inference_requests import TwoStreams, two_streams
from .packing import CELL, packed, sizes
from .preprocessing import as_tensor, fitted, network_size, reduction_for
from .regions import Regions
from .second_networks import faces_for, hands_for
from .seen import Detections, Maps, NetworkInput, Timing
from .settings import MAX_INPUT_HEIGHT, MIN_INPUT_HEIGHT, EstimatorSettings
from .single_stage import MIN_SCORE, decode_detections


@dataclass
class PoseEstimator:
    """Finds the people in an image."""

    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]  # see backends.contract
    skeleton: Skeleton = COCO18
    spec: InputSpec = field(default_factory=InputSpec)
    input_height: int = EstimatorSettings.input_height  # of the network's input [px]
    stride: int = 8  # network px per map cell
    config: DecoderConfig = field(default_factory=DecoderConfig)
    layout: str = "maps"  # kind of backends.layout that the backend returns
    hands: Optional[HandEstimator] = None  # None: hands are not looked for
    faces: Optional[FaceEstimator] = None  # None: faces are not looked for
    model: str = ""  # its name in models.yaml, empty where it has none
    # The network's, where hands or a face are among its joints; None: that of the poses.
    whole_skeleton: Optional[Skeleton] = None
    _first_answer: FirstAnswer = field(
        default_factory=FirstAnswer, init=False, repr=False, compare=False
    )

    @classmethod
    def load(
        cls,
        model: str = EstimatorSettings.model,
        backend: str = EstimatorSettings.backend,
        input_height: int = EstimatorSettings.input_height,
        device: str = EstimatorSettings.device,
        threads: int = EstimatorSettings.threads,
        config: Optional[DecoderConfig] = None,
        skeleton: str = EstimatorSettings.skeleton,
        hands: Union[str, bool] = EstimatorSettings.hands,
        face: Union[str, bool] = "off",
        max_faces: int = EstimatorSettings.max_faces,
        max_hands: int = EstimatorSettings.max_hands,
        notify: Callable[[str], object] = warnings.warn,
        precision: str = EstimatorSettings.precision,
    ) -> PoseEstimator:
        """Estimator for a model given by name or path, on a backend.

        See zoo.catalogue.resolve and backends.choice.choose. skeleton: name or YAML file; "auto":
        what models.yaml or the model file says, else coco18. config: None: the defaults with the
        minimum score that models.yaml gives for the model. hands: True or "true" looks for hands
        with the package's network, "" does not, else name or path of a network of hands, on the
        same backend where that reads its file. face: "auto" looks for the landmarks of faces with
        the package's network, "off" does not, else name or path of a network of faces. max_hands,
        max_faces: looked at in an image. notify(text): called when another model or runtime runs
        than the one to prefer. precision: f32, bf16 or f16; "auto": bf16 where the processor has it
        and models.yaml says that the network was measured in it, else what is usual on the device;
        hands and faces are always as without it.

        Raises FileNotFoundError, ValueError or RuntimeError with a message that names the remedy.
        """
        from lightweight_openpose.backends import PRECISIONS, Precision, create_backend, file_for
        from lightweight_openpose.zoo.catalogue import fallback_notice, resolve

        if not MIN_INPUT_HEIGHT <= input_height <= MAX_INPUT_HEIGHT:
            raise ValueError(
                f"input_height {input_height} is outside {MIN_INPUT_HEIGHT}..{MAX_INPUT_HEIGHT} px"
            )
        if precision not in PRECISIONS:
            raise ValueError(f"precision '{precision}' is none of {', '.join(PRECISIONS)}")
        entry, path = resolve(model)
        path = file_for(entry, path, backend)
        notice = fallback_notice(model, entry)
        if notice:
            notify(notice)
        given = entry.skeleton if entry.known and skeleton == "auto" else skeleton
        wanted = None if given == "auto" else find_skeleton(given)
        in_what = Precision(precision, entry.bf16)
        runner = create_backend(path, wanted, backend, device, threads, notify, in_what)
        info = ModelInfo(COCO18, entry.spec, entry.stride)
        if runner.info and not entry.known:
            info = runner.info
        layout = runner.layout.kind
        if runner.layout.of_crop:
            raise BadModel(
                f"{path} finds points of a face or hand in its crop: give it together with a "
                "network that finds people, with --face, --hands, ~face or ~hands"
            )
        if layout == "heatmaps":
            raise BadModel(
                f"{path} gives heatmaps and no PAFs, as networks of hands do: give it "
                "as the network of hands together with one that finds people"
            )
        foreign = layout in DETECTION_SPECS and not entry.known
        config = config or DecoderConfig(min_score=MIN_SCORE if foreign else entry.min_score)
        body, whole = runner.skeleton, None
        if body_of(body).name != body.name:  # one that every node knows
            body, whole = body_of(body), body
        shared = (body, backend, device, threads)
        finder = hands_for(hands, *shared, max_hands)
        faces = faces_for(face, *shared, max_faces)
        return cls(
            runner,
            body,
            info.spec,
            input_height,
            info.stride,
            config,
            layout,
            finder,
            faces,
            model=entry.name if entry.known else "",
            whole_skeleton=whole,
        )

    @property
    def network_skeleton(self) -> Skeleton:
        """Skeleton of the network's outputs: with the hands and the face that it finds itself."""
        return self.whole_skeleton or self.skeleton

    @overload
    def __call__(self, given: Given) -> People: ...

    @overload
    def __call__(self, given: Union[List[Given], Tuple[Given, ...]]) -> List[People]: ...

    def __call__(
        self, given: Union[Given, List[Given], Tuple[Given, ...]]
    ) -> Union[People, List[People]]:
        """The people in an image, best first, in px of that image; for a list, a list of People.

        given: BGR (H, W, 3) uint8, the path of a picture, a Pillow image, or a list of these. In a
        list the network works on the next image while the last one is decoded. Raises BadImage (a
        ValueError) with the reason, or FileNotFoundError; for a list the message says which image
        it is. Two threads may call it at once.
        """
        if isinstance(given, (list, tuple)):
            return self._of_each(given)
        return replace(self.decode(self.infer(as_image(given))), file=_file(given))

    def _of_each(self, given: Sequence[Given]) -> List[People]:
        inputs = (self.input_of(image) for image in _images(given))
        seen = (seen for _, seen in mapped(self.look, inputs))
        return [replace(self.decode(each), file=_file(it)) for each, it in zip(seen, given)]

    def track(
        self,
        source: Union[str, int, Path, Iterable[VideoFrame]],
        heads: bool = False,
        camera: Optional[Camera] = None,
        tracker: Optional[PersonTracker] = None,
    ) -> Iterator[Tuple[np.ndarray, People]]:
        """(image, people) of each frame: with ids, and the frame's own time [s] as their stamp.

        source: number or device of a webcam, video, picture, folder of both, URL of a stream, or
        any VideoFrames such as a Source of the package `video`; the image is BGR (H, W, 3) uint8.
        heads: people have `heads`, filtered over time; camera: of the frames, None: an ideal one of
        ASSUMED_FOV. tracker: whose settings and ids go on; None: a new one. With a camera each
        frame is answered before the next is taken; with files the network works ahead.

        Raises SourceError, a RuntimeError, for a source that cannot be opened, also in the middle,
        and ValueError for a skeleton that has no head.
        """
        from .following import follow

        frames = Source(str(source)) if isinstance(source, (str, int, Path)) else source
        head_tracker = HeadTracker(self.skeleton) if heads else None
        live = bool(getattr(frames, "live", False))
        followed = follow(self, frames, tracker or Tracker(self.skeleton), live)
        return ((f.frame.image, _headed(f.people, head_tracker, camera)) for f in followed)

    def heads(self, people: People, camera: Optional[Camera] = None) -> List[Optional[Orientation]]:
        """Where the head (or object) of each of the people points; None where it is not known.

        By the landmarks of the face where they were looked for (face="auto") and are sure, else by
        nose, eyes and ears. camera: of the image, None: an ideal one of ASSUMED_FOV. For a video
        use track(). Raises ValueError for a skeleton that has no head.
        """
        return list(HeadTracker(self.skeleton).solve(people, camera).heads)

    def as_people(
        self,
        poses: Iterable[Pose],
        image: np.ndarray,
        stamp: Optional[float] = None,
        file: str = "",
    ) -> People:
        """The poses found in an image (H, W, 3) as People; stamp: [s] of a frame."""
        height, width = image.shape[:2]
        return People(tuple(poses), (width, height), self.skeleton, stamp, self.model, file)

    def infer(
        self,
        image: np.ndarray,
        input_height: Optional[int] = None,
        backend: Optional[Callable[[np.ndarray], Tuple[np.ndarray, ...]]] = None,
        reduction: int = 1,
        regions: Optional[Regions] = None,
    ) -> Union[Maps, Detections]:
        """First half of a call: what the network says of an image.

        While one thread decodes, another may infer. input_height: [px] of this image alone;
        backend: another one that runs the same network; reduction: px of the picture, in which the
        poses will be, per px of the image; regions: of its camera, where only parts of the image
        may be looked at.
        """
        return self.look(self.input_of(image, input_height, reduction, regions), backend)

    def input_of(
        self,
        image: np.ndarray,
        input_height: Optional[int] = None,
        reduction: int = 1,
        regions: Optional[Regions] = None,
    ) -> NetworkInput:
        """What of an image the network is to look at; the arguments are those of infer()."""
        start = time.perf_counter()
        height = input_height or self.input_height_for(*check_image(image).shape[1::-1])
        content, pixel_map = fitted(image, height, self.spec, reduction)
        layout = regions.choose(content, pixel_map) if regions is not None else None
        if layout is not None:
            content = packed(content, layout, self.spec.fill)
        tensor = as_tensor(content, self.spec)
        timing = Timing(1000 * (time.perf_counter() - start))
        return NetworkInput(tensor, pixel_map, timing, image, layout, reduction)

    def look(
        self,
        given: NetworkInput,
        backend: Optional[Callable[[np.ndarray], Tuple[np.ndarray, ...]]] = None,
    ) -> Union[Maps, Detections]:
        """What the network says of what was made by input_of(); backend: as for infer()."""
        start = time.perf_counter()
        answer = self._first_answer(backend or self.backend, given.tensor)
        outputs = tuple(output[0] for output in answer)
        _, pixel_map, timing, image, layout, reduction = given
        timing.network = 1000 * (time.perf_counter() - start)
        if self.layout in DETECTION_SPECS:
            return Detections(outputs, pixel_map, timing, image, reduction)
        heatmaps, pafs = outputs
        return Maps(heatmaps, pafs, pixel_map, timing, image, layout, reduction)

    def decode(self, seen: Union[Maps, Detections]) -> People:
        """Second half of a call: the people of what infer() saw, with their hands and faces."""
        poses = self.complete(seen, self.people(seen))
        assert seen.image is not None  # as infer() leaves it
        height, width = (seen.reduction * side for side in seen.image.shape[:2])
        return People(tuple(poses), (width, height), self.skeleton, model=self.model)

    def people(self, seen: Union[Maps, Detections]) -> List[Pose]:
        """The people without the hands and faces of other networks; notes the time in `seen`."""
        start = time.perf_counter()
        if isinstance(seen, Detections):
            poses = decode_detections(
                seen.outputs, self.layout, self.network_skeleton, seen.pixel_map, self.config
            )
        else:
            poses = self._decode(seen)
        if self.whole_skeleton is not None:
            poses = [convert_pose(pose, self.whole_skeleton, self.skeleton) for pose in poses]
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

    def _decode(self, seen: Maps) -> List[Pose]:
        """Poses in what was looked at."""
        if seen.layout is None:
            maps = seen.heatmaps, seen.pafs
            return decode(*maps, self.network_skeleton, seen.pixel_map, self.stride, self.config)
        poses = []
        for part in seen.layout.parts:
            rows, columns = (
                slice(int(start // self.stride), int((start + length) // self.stride))
                for start, length in ((part.to_y, part.height), (part.to_x, part.width))
            )
            pixel_map = replace(seen.pixel_map, offset=(-part.x, -part.y))
            poses += decode(
                seen.heatmaps[:, rows, columns],
                seen.pafs[:, rows, columns],
                self.network_skeleton,
                pixel_map,
                self.stride,
                self.config,
            )
        return sorted(poses, key=lambda pose: -pose.score)[: self.config.max_people]

    def input_height_for(self, width: int, height: int) -> int:
        """Height of the network's input [px] for a picture of this size [px]."""
        return self.input_height

    def has_regions(self) -> bool:
        """Whether it can look at parts of images: with maps of any size, of whole cells."""
        free = self.spec.fixed_size is None and not self.spec.centred
        fits = CELL % self.stride == CELL % self.spec.multiple == 0
        return self.layout == "maps" and free and fits

    def reduction_for(self, width: int, height: int, input_height: int) -> int:
        """How many times smaller than a picture [px] an image of it may be: 1, 2 or 4.

        Also where the EXIF of the picture turns it by a quarter.
        """
        if self.hands is not None or self.faces is not None:
            return 1  # they are cut out of the image
        sizes = (width, height), (height, width)
        return min(reduction_for(*size, input_height, self.spec) for size in sizes)

    def warm_up(self, width: int = 640, height: int = 480) -> None:
        """Run once on a grey image, so that no real frame of its size [px] is the slow one."""
        self(self._grey(width, height, self.input_height_for(width, height)))
        if self.hands is not None:
            self.hands.warm_up()
        if self.faces is not None:
            self.faces.warm_up()

    def prepare(
        self,
        width: int,
        height: int,
        input_height: Optional[int] = None,
        backend: Optional[Callable[[np.ndarray], Tuple[np.ndarray, ...]]] = None,
        regions: bool = False,
    ) -> None:
        """Let the network see a grey image: a runtime that compiles for each size does so now.

        width, height: [px] of the pictures to come; regions: parts of them will be looked at, too;
        the others as of infer().
        """
        input_height = input_height or self.input_height_for(width, height)
        grey = self.input_of(self._grey(width, height, input_height), input_height)
        self.look(grey, backend)
        if regions:
            for rows, columns in sizes(*grey.tensor.shape[2:]):
                part = np.ascontiguousarray(grey.tensor[:, :, :rows, :columns])
                self.look(grey._replace(tensor=part), backend)

    def two_streams(self, width: int = 640, height: int = 480) -> Optional[TwoStreams]:
        """Two frames at once in the network, None where that gives no more frames per second.

        Measured on a grey image of this size [px] in about a quarter of a second to one.
        """
        input_height = self.input_height_for(width, height)
        grey = self.input_of(self._grey(width, height, input_height), input_height)
        return two_streams(self.backend, grey.tensor)

    def _grey(self, width: int, height: int, input_height: int) -> np.ndarray:
        """Image that becomes the same input as a picture of this size [px], and is no larger."""
        content_h, content_w, _, _ = network_size(height, width, input_height, self.spec)
        return np.full((content_h, content_w, 3), 128, np.uint8)


def _headed(
    people: People, head_tracker: Optional[HeadTracker], camera: Optional[Camera]
) -> People:
    return people if head_tracker is None else head_tracker.solve(people, camera)


def _file(given: Given) -> str:
    """The path that is given, "" for what is none."""
    return str(os.fspath(given)) if isinstance(given, (str, os.PathLike)) else ""


def _images(given: Sequence[Given]) -> Iterator[np.ndarray]:
    """The images of what is given; errors say which one it is."""
    for number, each in enumerate(given, 1):
        try:
            yield as_image(each)
        except (FileNotFoundError, BadImage) as error:
            raise type(error)(f"image {number} of {len(given)}: {error}") from None
