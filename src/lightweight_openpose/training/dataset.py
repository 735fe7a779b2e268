"""Samples for training: labelled photographs, cropped around people.

Sample (epoch, index) is the same on every run.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Iterator, List, Set, Tuple, TypeVar, Union

import cv2
import numpy as np
import torch

from lightweight_openpose.analysis.coco_values import mask_of, rings_of
from lightweight_openpose.analysis.labelled_images import find_images, size_fault
from lightweight_openpose.poses import Skeleton, mirror_fault
from lightweight_openpose.video import try_image
from lightweight_openpose.zoo.model_info import InputSpec

from .augment import Augmentation, crop_matrix, move_keypoints, recolor, warp
from .labels import BadLabels, LabelledImage, LabelSet
from .targets import make_targets

STRIDE = 8  # px of a crop per cell of its targets

Batch = TypeVar("Batch")


class LabelledCrops(torch.utils.data.Dataset):
    """[(epoch, index)] -> image (3, S, S), targets (K + 1 + 2L, S/8, S/8), mask (1, S/8, S/8).

    All are float32. A picture that cannot be read is named once on stderr and another one takes its
    place.
    """

    def __init__(
        self,
        labels: LabelSet,
        folder: Union[str, Path],
        augmentation: Augmentation,
        seed: int = 0,
    ):
        self.labels = labels
        self._folder = Path(folder)
        self._augmentation = _mirroring(augmentation, labels.skeleton)
        self._seed = seed
        self._centres = [
            (i, p.box) for i, image in enumerate(labels.images) for p in image.people if p.main
        ]
        if not self._centres:
            raise BadLabels(
                "no person in the labels is large enough and has enough keypoints to train on"
            )
        self._paths = find_images(folder, [i.file for i in labels.images])
        absent = [
            i.file for i, path in zip(labels.images, self._paths) if i.people and not path.is_file()
        ]
        if absent:
            raise FileNotFoundError(
                f"{len(absent)} images of the labels are not in {self._folder}, the first is "
                f"{absent[0]}; give their folder with --images"
            )
        self._broken: Set[str] = set()  # names of pictures

    def __len__(self) -> int:
        return len(self._centres)

    def __getitem__(self, key: Tuple[int, int]) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        epoch, index = key
        rng = np.random.default_rng((self._seed, epoch, index))
        for _ in range(100):
            image_index, box = self._centres[index]
            labelled = self.labels.images[image_index]
            image = try_image(self._paths[image_index])
            if image is not None:
                path = self._paths[image_index]
                fault = size_fault(path, image, labelled.width, labelled.height)
                if fault is not None:
                    raise BadLabels(fault)
                return self._sample(rng, image, labelled, box)
            self._report(labelled.file)
            index = int(rng.integers(len(self._centres)))
        raise OSError(f"a hundred images in a row in {self._folder} cannot be read")

    def _report(self, name: str) -> None:
        if name not in self._broken:
            self._broken.add(name)
            print(f"\npose train: {self._folder / name} cannot be read: skipped", file=sys.stderr)

    def _sample(
        self,
        rng: np.random.Generator,
        image: np.ndarray,
        labelled: LabelledImage,
        box: Tuple[float, ...],
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        config = self._augmentation
        matrix, mirrored = crop_matrix(rng, box, config)
        crop = recolor(rng, warp(image, matrix, config.size), config)
        skeleton = self.labels.skeleton
        people = [
            move_keypoints(p.keypoints, matrix, mirrored, skeleton.flip_permutation)
            for p in labelled.people
        ]
        targets = make_targets(people, skeleton, config.size, config.size, STRIDE)
        cells = (config.size // STRIDE,) * 2
        mask = np.ones(cells, np.float32)
        if labelled.masked:
            covered = warp(region_mask(labelled), matrix, config.size, 0)
            mask -= (
                cv2.resize(covered, cells, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            )
        return normalise(crop, InputSpec()), torch.from_numpy(targets), torch.from_numpy(mask)[None]


def _mirroring(augmentation: Augmentation, skeleton: Skeleton) -> Augmentation:
    """Without mirror images where they would have wrong labels, which is reported."""
    fault = mirror_fault(skeleton) if augmentation.flip else None
    if fault is None:
        return augmentation
    print(f"pose train: mirroring is off: {fault}", file=sys.stderr)
    return dataclasses.replace(augmentation, flip=0.0)


def region_mask(labelled: LabelledImage) -> np.ndarray:
    """(H, W) uint8, 255 where people are without keypoint labels."""
    mask = np.zeros((labelled.height, labelled.width), np.uint8)
    for region in labelled.masked:
        shape = region.get("segmentation")
        if isinstance(shape, dict):
            mask[mask_of(shape)] = 255
        elif shape:
            cv2.fillPoly(mask, [r.round().astype(np.int32) for r in rings_of(shape)], 255)
        else:
            x, y, width, height = (int(round(v)) for v in region["bbox"])
            mask[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = 255
    return mask


def normalise(crop: np.ndarray, spec: InputSpec) -> torch.Tensor:
    """BGR uint8 (H, W, 3) -> float32 (3, H, W) as the network expects it."""
    ordered = crop[..., ::-1] if spec.rgb else crop
    planes = torch.from_numpy(np.ascontiguousarray(ordered.transpose(2, 0, 1)))
    return (planes.float() - torch.tensor(spec.mean).view(3, 1, 1)) * spec.scale


class BatchPlan:
    """Which samples each iteration takes.

    Known from its number alone, so that a run resumes where it was. Iterating gives lists of
    (epoch, index) from iteration `start` on, without end. With several processes each takes its
    part of the batch.
    """

    def __init__(
        self, samples: int, batch: int, start: int = 0, seed: int = 0, rank: int = 0, world: int = 1
    ):
        self.per_epoch = max(1, samples // (batch * world))
        self._samples = samples
        self._batch = batch
        self._start = start
        self._seed = seed
        self._rank = rank
        self._world = world

    def __iter__(self) -> Iterator[List[Tuple[int, int]]]:
        iteration = self._start
        while True:
            epoch, position = divmod(iteration, self.per_epoch)
            order = np.random.default_rng((self._seed, epoch)).permutation(self._samples)
            while position < self.per_epoch:
                start = (position * self._world + self._rank) * self._batch
                yield [
                    (epoch, int(order[i % self._samples]))
                    for i in range(start, start + self._batch)
                ]
                position += 1
                iteration += 1


def start_worker(_: int) -> None:
    """One thread per loading process: they share the cores with the training."""
    cv2.setNumThreads(0)


def next_batch(batches: Iterator[Batch]) -> Batch:
    """The next of a DataLoader's batches, and errors of its processes without their traceback."""
    try:
        return next(batches)
    except (OSError, ValueError) as error:
        last = str(error).strip().splitlines()[-1:]
        if "worker process" not in str(error) or not last:
            raise
        raise type(error)(last[0].partition(": ")[2] or last[0]) from None
