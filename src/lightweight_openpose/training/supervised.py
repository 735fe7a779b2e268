"""Training on labels: data, start weights and the steps of a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple

import torch
from torch import nn

from lightweight_openpose.backends import file_for
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import (
    BadCheckpoint,
    fill,
    load_network,
    read_checkpoint,
)
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.catalogue import locate, read_entries
from lightweight_openpose.zoo.model_info import InputSpec

from .checkpoints import CheckpointFolder
from .config import BadConfig, Step, TrainConfig
from .dataset import LabelledCrops
from .labels import load_labels
from .loss import relative_losses, stage_losses
from .task import Task
from .trainer import Trainer

if TYPE_CHECKING:
    from lightweight_openpose.estimation import PoseEstimator


class LabelTask(Task):
    """Targets are made from labels; loss: squared or relative."""

    dataset: LabelledCrops

    def __init__(self, dataset: LabelledCrops, loss: str):
        self.dataset = dataset
        self._loss = loss

    def losses(
        self, outputs: Sequence[Tuple[torch.Tensor, ...]], targets: torch.Tensor, mask: torch.Tensor
    ) -> List[torch.Tensor]:
        """One loss per stage, of the kind that was chosen."""
        if self._loss == "squared":
            return stage_losses(outputs, targets, mask)
        return relative_losses(outputs, targets, mask, self.dataset.labels.skeleton.num_keypoints)


def train(
    config: TrainConfig, only: Optional[str] = None, iterations: Optional[int] = None
) -> Optional[Path]:
    """Run the steps of a configuration, each where it was left; the last checkpoint.

    only: the name of the one step to run. iterations: stop each step after so many more. Raises
    what data and checkpoints raise, and BadConfig.
    """
    for name in ("labels", "images"):
        if not getattr(config, name):
            raise BadConfig(f"no {name} given; set `{name}:` in the configuration or --{name}")
    labels = load_labels(config.labels)
    dataset = LabelledCrops(labels, config.images, config.augmentation, config.seed)
    task = LabelTask(dataset, config.loss)
    names = [s.name for s in config.steps]
    if only is not None and only not in names:
        raise BadConfig(f"no step named '{only}'; steps: {', '.join(names)}")
    validate = make_validator(config, labels.skeleton)
    for step in config.steps:
        if only in (None, step.name):
            folder = Path(config.output) / step.name
            network = start_weights(config, step, labels.skeleton)
            trainer = Trainer(network, labels.skeleton, task, config, step, folder, validate)
            trainer.resume()
            trainer.run(iterations)
    return CheckpointFolder(folder).last()


def start_weights(config: TrainConfig, step: Step, skeleton: Skeleton) -> nn.Module:
    """Network of a step with the weights that it starts from."""
    torch.manual_seed(config.seed)
    network = build_network(config.architecture, skeleton, step.stages, config.width)
    if step.init == "random":
        return network
    if step.init == "mobilenet":
        if not config.mobilenet_weights:
            raise BadConfig(
                "init: mobilenet needs mobilenet_weights: a file such as "
                "mobilenet_sgd_68.848.pth.tar; or use init: random"
            )
        state = read_checkpoint(config.mobilenet_weights)["state_dict"]
        warm_start(network, state, config.mobilenet_weights)
        return network
    earlier = [s.name for s in config.steps[: config.steps.index(step)]]
    if step.init in earlier:
        path = CheckpointFolder(Path(config.output) / step.init).last()
    else:
        path = _file_of(step.init)
    if path is None or not path.is_file():
        raise BadConfig(
            f"step {step.name} starts from '{step.init}', which is no earlier step with a "
            "checkpoint and no file"
        )
    found = load_network(path, skeleton)[0]
    if found.state_dict().keys() == network.state_dict().keys():
        return found.requires_grad_()  # as wide as it is there: it may have been pruned
    warm_start(network, found.state_dict(), str(path))
    return network


def _file_of(init: str) -> Path:
    """File of a checkpoint given by path or by the name of a model that is on this machine."""
    entry = read_entries()[0].get(init)
    main = locate(entry) if entry is not None else None
    if entry is None or main is None:
        return Path(init)
    return file_for(entry, main, "torch")


def warm_start(network: nn.Module, state: Dict[str, torch.Tensor], source: str) -> int:
    """Copy the tensors of a state dict whose names and shapes fit; how many.

    source: the file, for messages. Raises BadCheckpoint when none fits.
    """
    own = network.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    if not fitting:
        raise BadCheckpoint(
            f"{source} shares no tensor with the network; is it of the same architecture?"
        )
    fill(network, {**own, **fitting}, source)
    return len(fitting)


def make_validator(
    config: TrainConfig, skeleton: Skeleton
) -> Optional[Callable[[nn.Module], float]]:
    """Function of a network -> AP on the labels of the configuration; None where it names none."""
    if not config.val_labels:
        return None
    if not Path(config.val_images).is_dir() or not Path(config.val_labels).is_file():
        raise BadConfig(
            f"validation needs the file {config.val_labels} and the folder {config.val_images}"
        )
    from lightweight_openpose.analysis.coco_ap import (
        category_of,
        coco_ap,
        coco_of,
        detect,
        labelled_images,
    )
    from lightweight_openpose.analysis.coco_file import read_coco_file

    file = read_coco_file(config.val_labels)
    file.notes.report("pose train")
    labels = coco_of(file, estimate_areas=True)
    labelled_images(labels, category_of(labels, skeleton))

    def validate(network: nn.Module) -> float:
        estimator = estimator_of(network, skeleton, config.val_height)
        detections, _ = detect(estimator, labels, config.val_images)
        return float(coco_ap(labels, detections, skeleton)[0][0])

    return validate


def estimator_of(network: nn.Module, skeleton: Skeleton, height: int) -> PoseEstimator:
    """PoseEstimator that runs a network in training where it lies; height: of its input [px]."""
    from lightweight_openpose.backends.torch_backend import TorchBackend
    from lightweight_openpose.estimation import PoseEstimator

    device = next(network.parameters()).device
    backend = TorchBackend(network, str(device))
    return PoseEstimator(backend, skeleton, InputSpec(multiple=network.multiple), height)
