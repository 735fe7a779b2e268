"""A network made smaller while it keeps working.

In rounds of removing channels and learning from what it was.
"""

from __future__ import annotations

import dataclasses
import itertools
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Optional, Sequence

import torch
from torch import nn

from lightweight_openpose.backends import file_for
from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.networks import architecture_of
from lightweight_openpose.networks.checkpoint import load_network
from lightweight_openpose.zoo.catalogue import resolve

from .adaptation import unpacked
from .channels import multiplications, remove, statistics
from .checkpoints import CheckpointFolder
from .distillation import TeacherTask, check_maps
from .loss import loss_weight
from .supervised import make_validator
from .trainer import Trainer
from .unlabelled import UnlabelledCrops

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton

    from .config import TrainConfig

SAMPLES = 32  # crops on which channels are rated
ROUND = 0.08  # share of the multiplications that a round removes, at most


def prune(  # type: ignore[return]
    config: TrainConfig,
    model: str,
    images: Sequence[str],
    target: Optional[float] = None,
    speed: Optional[float] = None,
    teacher: str = "",
    backend: str = "auto",
    stages: Optional[int] = None,
) -> Optional[Path]:
    """Checkpoint of a network of about `target` [10^9 multiplications at 256x456].

    speed: or of so many times fewer multiplications than the model's. model: a checkpoint (.pth) or
    the name of one; teacher: name or path of the model whose maps are learned, the model itself by
    default. stages: refinement stages to keep, all by default; without the others the rounds begin
    at a smaller network. Rounds lie in folders of the output, and a run goes on where it was left.
    The last step of the configuration is the training after each round. Raises ValueError, OSError
    or RuntimeError.
    """
    path = file_for(*resolve(model), "torch")
    if path.suffix != ".pth":
        raise ValueError(f"{path} cannot be pruned; a checkpoint (.pth) can")
    network, skeleton = load_network(path)
    size = multiplications(network)
    if target is None:
        assert speed is not None, "a target or a speed"
        target = size / speed
    if not 0 < target < size:
        raise ValueError(
            f"{path} has {size:.2f} GMAC at 256x456; a target between 0 and that is needed, not "
            f"{target:.2f}"
        )
    loaded = PoseEstimator.load(teacher or str(path), backend)
    check_maps(loaded)
    if loaded.skeleton != skeleton:
        raise ValueError(
            f"the teacher has skeleton {loaded.skeleton.name}, {path} has {skeleton.name}; choose "
            "one of the same"
        )
    if stages is not None:
        _keep_stages(network, stages, path)
    config = dataclasses.replace(config, architecture=architecture_of(network))
    config.check()
    images, _ = unpacked(images, Path(config.output) / "bags", 0)
    crops = UnlabelledCrops(images, config.augmentation, config.seed)
    task = TeacherTask(crops, loaded, config.loss, config.broaden, config.mirrored_teacher)
    validate = make_validator(config, skeleton)
    for number in itertools.count(1):
        folder = CheckpointFolder(Path(config.output) / f"round-{number:02}", config.keep)
        last = folder.last()
        if last is not None:
            network = load_network(last)[0]
        else:
            share = min(ROUND, 1 - target / multiplications(network))
            if share > 0:  # fewer stages may be enough, and then want training only
                network = _narrower(network, skeleton, crops, number, share)
        now = multiplications(network)
        print(f"round {number}: {now:.2f} GMAC of {size:.2f}, wanted {target:.2f}", flush=True)
        trainer = Trainer(
            network, skeleton, task, config, config.steps[-1], folder.folder, validate
        )
        trainer.resume()
        trainer.run()
        network = trainer.network
        if now <= target * 1.01:
            return folder.last()


def _keep_stages(network: nn.Module, stages: int, path: Path) -> None:
    """Leave the first refinement stages of a network, in place."""
    if not hasattr(network, "refinement_stages"):
        raise ValueError(
            f"{path} is of architecture {architecture_of(network)}, of which no stages can be left "
            "out; leave --stages out instead"
        )
    present = len(network.refinement_stages)
    if stages > present:
        raise ValueError(f"{path} has {present} refinement stages; it cannot keep {stages}")
    network.refinement_stages = network.refinement_stages[:stages]


def _batches(crops: UnlabelledCrops, number: int) -> Iterator[torch.Tensor]:
    """Crops that a round looks at."""
    rng = torch.Generator().manual_seed(number)
    chosen = torch.randint(len(crops), (SAMPLES // 4, 4), generator=rng)
    return (torch.stack([crops[(number, int(i))] for i in row]) for row in chosen)


def _narrower(
    network: nn.Module, skeleton: Skeleton, crops: UnlabelledCrops, number: int, share: float
) -> nn.Module:
    """The network with a share of its multiplications removed."""
    before = multiplications(network)
    batches = _batches(crops, number)
    network = network.cpu().eval().requires_grad_()
    weigh = partial(loss_weight, num_keypoints=skeleton.num_keypoints)
    remove(network, statistics(network, batches, weigh), share)
    if multiplications(network) >= before:
        raise ValueError("no channels are left to remove; choose a larger target")
    return network
