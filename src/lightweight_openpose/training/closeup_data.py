"""Data sets of crops of people, with points that another network has found."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import cv2
import numpy as np
import torch

from lightweight_openpose.estimation.arms import SIDES, Arm
from lightweight_openpose.estimation.closeup import Crop
from lightweight_openpose.estimation.faces import JOINTS, face_crop
from lightweight_openpose.estimation.hand_crops import forearm_crop, palm_crop
from lightweight_openpose.poses import COCO18, Skeleton, find_skeleton, missing_keypoints
from lightweight_openpose.video import BadImage, decode_image
from lightweight_openpose.zoo.model_info import InputSpec

from .augment import Augmentation, recolor
from .dataset import normalise

# Times as far are crops moved, turned and scaled in which nothing is to be seen: a second crop goes
# anywhere when the first one saw nothing.
EMPTY = 3.0


class Sample(NamedTuple):
    """A crop of a data set."""

    data: bytes  # of its JPEG
    points: Optional[np.ndarray]  # (K, 2) [px of that picture]; None: nothing is to be seen
    crops: Tuple[Crop, ...]  # as the estimator would cut it out of that picture


@dataclass(frozen=True)
class CloseupKind:
    """What a closeup shows: its points, and how the rows of a data set name them."""

    name: str
    skeleton: Skeleton
    points: str  # field of a row
    crops_of: Callable[[dict], Tuple[Crop, ...]]  # none: the row is left out
    handed: bool  # a crop and its mirror image are not the same thing
    near: float  # of the points' box, within which a point counts as found


def _face_crops(row: dict) -> Tuple[Crop, ...]:
    keypoints = missing_keypoints(COCO18.num_keypoints)
    for name, joint in zip(JOINTS, row["joints"]):
        if joint is not None and None not in joint:
            keypoints[COCO18.index(name)] = joint
    crop = face_crop(keypoints, COCO18)
    return () if crop is None else (crop,)


def _hand_crops(row: dict) -> Tuple[Crop, ...]:
    """At the end of the forearm, and where a hand is known."""
    if row["side"] not in SIDES:
        raise ValueError(f"side {row['side']!r}; left or right is possible")
    mirrored = row["side"] == "left"
    wrist, elbow, shoulder = (
        None if row[name] is None else np.array(row[name], float)
        for name in ("wrist", "elbow", "shoulder")
    )
    if wrist is None or elbow is None:
        return ()
    first = forearm_crop(Arm(wrist, elbow, shoulder), mirrored)
    if row["joints"] is None:
        return (first,)
    return first, palm_crop(np.array(row["joints"], float), mirrored)


_KINDS: Dict[str, CloseupKind] = {
    "face": CloseupKind(
        "face", find_skeleton("face_32"), "landmarks", _face_crops, handed=False, near=0.05
    ),
    "hand": CloseupKind(
        "hand", find_skeleton("hand_21"), "joints", _hand_crops, handed=True, near=0.1
    ),
}


def closeup_kind(name: str) -> CloseupKind:
    """The kind of this name. Raises ValueError."""
    if name not in _KINDS:
        raise ValueError(f"no closeup named '{name}'; known: {', '.join(_KINDS)}")
    return _KINDS[name]


def read_samples(path: Union[str, Path], kind: CloseupKind) -> List[Sample]:
    """The samples of NAME.tar, which holds JPEGs, with NAME.json, which holds their rows.

    Raises FileNotFoundError, or ValueError where a row or picture is not what it should be.
    """
    path = Path(path)
    table = path.with_suffix(".json")
    for needed in (path, table):
        if not needed.is_file():
            raise FileNotFoundError(
                f"no {needed}: a data set of closeups is NAME.tar and NAME.json"
            )
    samples = []
    number = 0
    try:
        with tarfile.open(str(path), "r:") as tar:
            pictures = {m.name: m for m in tar if m.isfile()}
            for number, row in enumerate(json.loads(table.read_text())):
                sample = _sample(row, kind, tar, pictures)
                if sample is not None:
                    samples.append(sample)
    except (tarfile.TarError, KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"{path}, row {number}: {type(error).__name__} {error}") from None
    if not samples:
        raise ValueError(f"{table} holds no row that a crop can be made of")
    return samples


def _sample(
    row: dict, kind: CloseupKind, tar: tarfile.TarFile, pictures: Dict[str, tarfile.TarInfo]
) -> Optional[Sample]:
    crops = kind.crops_of(row)
    if not crops:
        return None
    points = None if row.get(kind.points) is None else np.array(row[kind.points], float)
    if points is not None and points.shape != (kind.skeleton.num_keypoints, 2):
        raise ValueError(f"points of shape {points.shape}")
    member = pictures[row["file"]]
    assert tar.fileobj is not None  # it is open
    tar.fileobj.seek(member.offset_data)
    return Sample(tar.fileobj.read(member.size), points, crops)


class CloseupCrops(torch.utils.data.Dataset):
    """[(epoch, index)] -> image (3, S, S), points (K, 2) [px of it], presence (1,), float32.

    The augmentation's `person` is the side of the crop over that of the estimator's, and `coarse`
    the range of its side in px of a photograph: crops are made as coarse as that. What is handed
    is never flipped.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        kind: CloseupKind,
        augmentation: Augmentation,
        seed: int = 0,
    ):
        self.kind = kind
        self._samples = samples
        self._augmentation = augmentation
        self._permutation = list(kind.skeleton.flip_permutation)
        self._seed = seed

    @property
    def side(self) -> int:
        """Side of the network's input [px]."""
        return self._augmentation.size

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, key: Tuple[int, int]) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        epoch, index = key
        config = self._augmentation
        rng = np.random.default_rng((self._seed, epoch, index))
        sample = self._samples[index]
        try:
            image = decode_image(sample.data)
        except BadImage:
            return self[epoch, int(rng.integers(len(self)))]
        crop = sample.crops[int(rng.integers(len(sample.crops)))]
        crop = _moved(crop, rng, config, EMPTY if sample.points is None else 1.0)
        if not self.kind.handed:
            crop = crop._replace(mirrored=bool(rng.random() < config.flip))
        image, matrix = _coarse(image, crop, rng, config)
        picture = cv2.warpAffine(image, matrix, (config.size,) * 2, borderMode=cv2.BORDER_REPLICATE)
        points = np.zeros((self.kind.skeleton.num_keypoints, 2))
        if sample.points is not None:
            original = crop.matrix(config.size)
            points = sample.points @ original[:, :2].T + original[:, 2]
            if crop.mirrored:
                points = points[self._permutation]
            picture = _covered(picture, rng, config)
        return (
            normalise(recolor(rng, picture, config), InputSpec()),
            torch.from_numpy(points).float(),
            torch.tensor([float(sample.points is not None)]),
        )


def _moved(crop: Crop, rng: np.random.Generator, config: Augmentation, times: float) -> Crop:
    """A crop as far from the estimator's as joints may be wrong, or so many times as far."""
    x, y = rng.uniform(-1, 1, 2) * times * config.shift * crop.side
    return Crop(
        crop.x + x,
        crop.y + y,
        crop.side * np.exp(times * rng.uniform(*np.log(config.person))),
        crop.angle + np.radians(rng.normal(0, times * config.rotation)),
        crop.mirrored,
    )


def _coarse(
    image: np.ndarray, crop: Crop, rng: np.random.Generator, config: Augmentation
) -> Tuple[np.ndarray, np.ndarray]:
    """(image, matrix) of the crop from a smaller copy of the picture."""
    matrix = crop.matrix(config.size)
    side = np.exp(rng.uniform(*np.log(config.coarse)))
    factor = side / crop.side
    if factor >= 1:
        return image, matrix
    height, width = (max(2, round(n * factor)) for n in image.shape[:2])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
        small = decode_image(cv2.imencode(".jpg", small, quality)[1].tobytes())
    step = np.array([image.shape[1] / width, image.shape[0] / height])
    matrix[:, 2] += matrix[:, :2] @ (step / 2 - 0.5)  # the centre of pixel 0 moves
    matrix[:, :2] *= step
    return small, matrix


def _covered(picture: np.ndarray, rng: np.random.Generator, config: Augmentation) -> np.ndarray:
    """The picture, now and then with something before a part of it."""
    if rng.random() >= config.cover:
        return picture
    picture = picture.copy()
    size = len(picture)
    width, height = rng.uniform(0.1, 0.45, 2) * size
    x, y = rng.uniform(0, size, 2)
    middle, axes = (int(x), int(y)), (int(width / 2), int(height / 2))
    color = picture[rng.integers(size), rng.integers(size)].tolist()
    cv2.ellipse(picture, middle, axes, rng.uniform(0, 180), 0, 360, color, -1)
    return picture
