"""Networks on crops of people learn points that another network has found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable, List, Optional, Sequence, Tuple

import cv2
import numpy as np
import torch
from torch import nn

from lightweight_openpose.networks.closeup import LAPLACE
from lightweight_openpose.video import decode_image
from lightweight_openpose.zoo.model_info import InputSpec

from .checkpoints import CheckpointFolder
from .closeup_data import CloseupCrops, CloseupKind, Sample, closeup_kind, read_samples
from .dataset import normalise
from .supervised import start_weights
from .task import Task, shown
from .trainer import Trainer

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton

    from .augment import Augmentation
    from .config import TrainConfig

ABSENT = 0.3  # weight of presence where nothing is to be seen: another network only reported so


class CloseupTask(Task):
    """Distances of the points, how sure they are, and presence."""

    dataset: CloseupCrops

    def __init__(self, dataset: CloseupCrops):
        self.dataset = dataset
        self.score = f"points within {100 * dataset.kind.near:.0f} % of their box"

    def losses(
        self, outputs: Sequence[Tuple[torch.Tensor, ...]], targets: torch.Tensor, mask: torch.Tensor
    ) -> List[torch.Tensor]:
        """[mean distance over the input's side, its likelihood, presence].

        outputs: [(points (N, K, 3), presence (N, 1))]; targets: (N, K, 2); mask: presence (N, 1).
        """
        points, presence = outputs[-1]
        size = self.dataset.side
        there = mask[:, 0] > 0
        apart = (points[..., :2] - targets).norm(dim=2)[there] / size
        scale = points[..., 2][there] / (LAPLACE * size)
        likelihood = (apart.detach() / scale + 2 * torch.log(scale)).mean()
        weight = torch.where(mask > 0, torch.ones_like(mask), torch.full_like(mask, ABSENT))
        known = torch.nn.functional.binary_cross_entropy(presence.float(), mask, weight)
        return [10 * apart.mean(), 0.01 * likelihood, 0.1 * known]

    def picture(
        self,
        images: torch.Tensor,
        targets: torch.Tensor,
        outputs: Sequence[Tuple[torch.Tensor, ...]],
        skeleton: Skeleton,
    ) -> np.ndarray:
        """Up to eight crops with the points that were wanted in green, those found in red."""
        rows = []
        for image, wanted, found in zip(images[:8], targets, outputs[-1][0].detach()):
            picture = np.ascontiguousarray(shown(image))
            for points, color in ((wanted, (0, 255, 0)), (found[:, :2], (0, 0, 255))):
                for x, y in points.float().cpu().numpy().round().astype(int).tolist():
                    cv2.circle(picture, (x, y), 1, color, -1)
            rows.append(picture)
        return np.hstack(rows)


def make_closeup_validator(
    samples: Sequence[Sample], kind: CloseupKind, config: Augmentation
) -> Callable[[nn.Module], float]:
    """Function of a network -> share of the points of samples that are found: kind.near says."""
    side = config.size
    pictures, targets = [], []
    for sample in samples:
        if sample.points is None:
            continue
        image = decode_image(sample.data)
        for crop in sample.crops:
            matrix = crop.matrix(side)
            pictures.append(
                normalise(
                    cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE),
                    InputSpec(),
                )
            )
            targets.append(torch.from_numpy(sample.points @ matrix[:, :2].T + matrix[:, 2]))
    images, wanted = torch.stack(pictures), torch.stack(targets)

    @torch.no_grad()
    def validate(network: nn.Module) -> float:
        device = next(network.parameters()).device
        found = torch.cat([network(part.to(device))[-1][0].cpu() for part in images.split(64)])
        box = (wanted.amax(1) - wanted.amin(1)).amax(1)
        apart = (found[..., :2] - wanted).norm(dim=2) / box[:, None]
        return float((apart < kind.near).double().mean())

    return validate


def distill_closeup(
    config: TrainConfig, name: str, data: Sequence[str], iterations: Optional[int] = None
) -> Optional[Path]:
    """Train the configuration's steps on data sets of closeups of this name; the last checkpoint.

    Raises BadConfig, OSError or ValueError.
    """
    kind = closeup_kind(name)
    samples = [sample for path in data for sample in read_samples(path, kind)]
    task = CloseupTask(CloseupCrops(samples, kind, config.augmentation, config.seed))
    validate = None
    if config.val_labels:
        validate = make_closeup_validator(
            read_samples(config.val_labels, kind), kind, config.augmentation
        )
    for step in config.steps:
        folder = Path(config.output) / step.name
        network = start_weights(config, step, kind.skeleton)
        if config.frozen_blocks:
            network.freeze(config.frozen_blocks)
        trainer = Trainer(network, kind.skeleton, task, config, step, folder, validate)
        trainer.resume()
        trainer.run(iterations)
    return CheckpointFolder(folder).last()
