"""A small network learns the maps of a large one on photographs without labels."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np
import torch
import torch.nn.functional as F

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.estimation.multiscale import mirror_maps
from lightweight_openpose.poses import limb_mirror_fault
from lightweight_openpose.zoo.model_info import InputSpec

from .adaptation import Agreement, unpacked
from .checkpoints import CheckpointFolder
from .config import Step, TrainConfig
from .loss import relative_losses, stage_losses
from .supervised import estimator_of, make_validator, start_weights
from .task import Task
from .trainer import Trainer
from .unlabelled import UnlabelledCrops

PEAK = 0.9  # cells, standard deviation of a peak whose height stays when it is broadened


class TeacherTask(Task):
    """Targets are the teacher's maps of the very crop that the student sees.

    broaden: sigma of the Gaussian that broadens their peaks [cells]: a student that begins at
    random weights errs by more than their width, and then broad peaks point better. mirrored: they
    are the mean with those of the mirror image, which are better than either (arXiv 1712.04440).
    """

    def __init__(
        self,
        dataset: UnlabelledCrops,
        teacher: PoseEstimator,
        loss: str,
        broaden: float = 0.0,
        mirrored: bool = False,
    ):
        self.dataset = dataset
        self._teacher = teacher
        self._loss = loss
        self._broaden = broaden
        fault = limb_mirror_fault(teacher.skeleton) if mirrored else None
        if fault is not None:
            print(f"the teacher's maps are not averaged with the mirror image's: {fault}")
        self._mirrored = mirrored and fault is None

    def prepare(
        self, batch: torch.Tensor, device: torch.device
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(images, the teacher's maps of them, mask of ones), on the device."""
        seen = _normalised_for(self._teacher.spec, batch)
        heatmaps, pafs = (torch.from_numpy(maps) for maps in self._maps(seen))
        joints = self._teacher.skeleton.num_keypoints
        peaks = heatmaps[:, :joints]
        if self._broaden:
            peaks = broadened(peaks, self._broaden)
        targets = torch.cat([peaks, heatmaps[:, joints:], pafs], 1).to(device)
        mask = torch.ones(len(batch), 1, *targets.shape[2:], device=device)
        return batch.to(device), targets, mask

    def _maps(self, seen: np.ndarray) -> Tuple[np.ndarray, ...]:
        maps = self._teacher.backend(seen)
        if not self._mirrored:
            return maps
        turned = self._teacher.backend(np.ascontiguousarray(seen[..., ::-1]))
        turned_back = [
            mirror_maps(heatmaps[..., ::-1], pafs[..., ::-1], self._teacher.skeleton)
            for heatmaps, pafs in zip(*turned)
        ]
        return tuple((ours + np.stack(theirs)) / 2 for ours, theirs in zip(maps, zip(*turned_back)))

    def losses(
        self, outputs: Sequence[Tuple[torch.Tensor, ...]], targets: torch.Tensor, mask: torch.Tensor
    ) -> List[torch.Tensor]:
        """One loss per stage, of the kind that was chosen."""
        if self._loss == "squared":
            return stage_losses(outputs, targets, mask)
        return relative_losses(outputs, targets, mask, self._teacher.skeleton.num_keypoints)


def check_maps(teacher: PoseEstimator) -> None:
    """Raise ValueError for a teacher without heatmaps and PAFs, which are what is learned."""
    if teacher.layout != "maps":
        raise ValueError(
            f"the teacher gives the detections of {teacher.layout}; choose one that gives heatmaps "
            "and PAFs"
        )


def _normalised_for(spec: InputSpec, batch: torch.Tensor) -> np.ndarray:
    """A batch that is normalised for our networks, as a network of another spec expects it."""
    own = InputSpec()
    pixels = batch / own.scale + torch.tensor(own.mean).view(1, 3, 1, 1)
    ordered = pixels.flip(1) if spec.rgb else pixels
    return ((ordered - torch.tensor(spec.mean).view(1, 3, 1, 1)) * spec.scale).contiguous().numpy()


def broadened(heatmaps: torch.Tensor, sigma: float) -> torch.Tensor:
    """(N, K, h, w) heatmaps under a Gaussian of sigma cells, at most 1.

    A peak of standard deviation PEAK keeps its height.
    """
    across = torch.exp(-(torch.arange(-2.0, 3.0) ** 2) / (2 * sigma**2))
    kernel = torch.outer(across, across) / across.sum() ** 2 * (1 + (sigma / PEAK) ** 2)
    channels = heatmaps.shape[1]
    return F.conv2d(heatmaps, kernel.expand(channels, 1, 5, 5), padding=2, groups=channels).clamp(
        max=1
    )


def distill(
    config: TrainConfig,
    teacher: str,
    images: Sequence[str],
    iterations: Optional[int] = None,
    backend: str = "auto",
    hold_back: float = 0.25,
) -> Optional[Path]:
    """Train the configuration's steps on a teacher's maps; the last checkpoint.

    teacher: name or path of a model. images: folders, tar files and bags; of each bag the last
    share `hold_back` [0, 1] is held back, and agreement with the teacher there (OKS-AP) is printed
    before and after.
    """
    loaded = PoseEstimator.load(
        teacher, backend, device="auto" if config.device == "auto" else config.device
    )
    check_maps(loaded)
    if loaded.spec.fixed_size and set(loaded.spec.fixed_size) != {config.augmentation.size}:
        raise ValueError(
            f"the teacher takes images of {loaded.spec.fixed_size} px only; use one of any size"
        )
    images, held = unpacked(images, Path(config.output) / "bags", hold_back)
    task = TeacherTask(
        UnlabelledCrops(images, config.augmentation, config.seed),
        loaded,
        config.loss,
        config.broaden,
        config.mirrored_teacher,
    )
    validate = make_validator(config, loaded.skeleton)
    if held:
        loaded.input_height = config.val_height
        agreement = Agreement(loaded, held)

    def report(step: Step, trainer: Trainer, when: str) -> None:
        if held:
            network = trainer.network.eval()
            ap = agreement(estimator_of(network, loaded.skeleton, config.val_height))
            print(
                f"{step.name}: agreement with the teacher on {len(held)} held-back images: "
                f"AP {ap:.3f} {when}"
            )

    for step in config.steps:
        folder = Path(config.output) / step.name
        network = start_weights(config, step, loaded.skeleton)
        trainer = Trainer(network, loaded.skeleton, task, config, step, folder, validate)
        if not trainer.resume():
            report(step, trainer, "before")
        trainer.run(iterations)
        report(step, trainer, f"after {trainer.iteration} iterations")
    return CheckpointFolder(folder).last()
