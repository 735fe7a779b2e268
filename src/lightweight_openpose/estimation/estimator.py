"""PoseEstimator: an image in, poses out."""
from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import List, NamedTuple, Optional

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .decoding import DecoderConfig, decode
from .preprocessing import PixelMap, preprocess


@dataclass
class Timing:
    """Milliseconds that the stages of the last frame took."""

    preprocess: float = 0.0
    network: float = 0.0
    decode: float = 0.0


class Maps(NamedTuple):
    """Heatmaps (K+1, h, w) and PAFs (2L, h, w) of one image, and the pixel map of its network input."""

    heatmaps: np.ndarray
    pafs: np.ndarray
    pixel_map: PixelMap


@dataclass
class PoseEstimator:
    """backend: (1, 3, h, w) -> (heatmaps, pafs); input_height: of the network's input [px]; stride: px per map cell."""

    backend: object
    skeleton: Skeleton = COCO18
    spec: InputSpec = field(default_factory=InputSpec)
    input_height: int = 256
    stride: int = 8
    config: DecoderConfig = field(default_factory=DecoderConfig)
    timing: Timing = field(default_factory=Timing)

    @classmethod
    def load(cls, model: str = "default", backend: str = "auto", input_height: int = 256, device: str = "auto",
             threads: int = 0, config: Optional[DecoderConfig] = None, skeleton: str = "auto",
             notify=warnings.warn) -> "PoseEstimator":
        """Estimator for a model given by name or path (see zoo.resolve) on a backend (see backends.choose).

        skeleton: name or YAML file; "auto": what models.yaml or the model file says, else coco18.
        config: None: the defaults with the least score that models.yaml gives for the model.
        notify(text): called when another model runs than the one to prefer.

        Raises FileNotFoundError, ValueError or RuntimeError with a message that names the remedy.
        """
        from lightweight_openpose.backends.choice import file_for
        from lightweight_openpose.backends.opening import create_backend
        from lightweight_openpose.zoo.catalogue import fallback_notice, resolve
        if not 32 <= input_height <= 2048:
            raise ValueError(f"input_height {input_height} is outside 32..2048 px")
        entry, path = resolve(model)
        path = file_for(entry, path, backend)
        notice = fallback_notice(model, entry)
        if notice:
            notify(notice)
        given = entry.skeleton if entry.known and skeleton == "auto" else skeleton
        runner = create_backend(path, None if given == "auto" else find_skeleton(given), backend, device, threads)
        info = runner.info if runner.info and not entry.known else ModelInfo(COCO18, entry.spec, entry.stride)
        return cls(runner, runner.skeleton, info.spec, input_height, info.stride,
                   config or DecoderConfig(min_score=entry.min_score))

    def __call__(self, image: np.ndarray) -> List[Pose]:
        """Poses in a BGR image (H, W, 3) uint8, best first, in pixels of that image. Raises BadImage."""
        return self.decode(self.infer(image))

    def infer(self, image: np.ndarray) -> Maps:
        """First half of a call: the network's maps of an image. While one thread decodes, another may infer."""
        start = time.perf_counter()
        tensor, pixel_map = preprocess(image, self.input_height, self.spec)
        ready = time.perf_counter()
        heatmaps, pafs = self.backend(tensor)
        self.timing.preprocess = 1000 * (ready - start)
        self.timing.network = 1000 * (time.perf_counter() - ready)
        return Maps(heatmaps[0], pafs[0], pixel_map)

    def decode(self, maps: Maps) -> List[Pose]:
        """Second half of a call."""
        start = time.perf_counter()
        poses = decode(maps.heatmaps, maps.pafs, self.skeleton, maps.pixel_map, self.stride, self.config)
        self.timing.decode = 1000 * (time.perf_counter() - start)
        return poses

    def warm_up(self, height: int = 480, width: int = 640) -> None:
        """Run once on a grey image of the size to come, so that the first real frame is not the slow one."""
        self(np.full((height, width, 3), 128, np.uint8))
