"""What a training run does, from a YAML file."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Type, TypeVar

from lightweight_openpose.files import read_yaml
from lightweight_openpose.settings import BadSetting, check_range, one_of, ranged, setting

from .augment import Augmentation

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Fields = TypeVar("Fields", bound="DataclassInstance")


class BadConfig(ValueError):
    """The configuration cannot be used; the message names the field and the fault."""


@dataclass(frozen=True)
class Step:
    """One training of several that follow one another."""

    name: str = setting("train", "name of its folder below the output")
    stages: int = ranged(
        1, 0, 20, "stages after the first, of `lightweight` and of the networks of OpenPose"
    )
    init: str = setting(
        "random",
        "first weights: random, mobilenet (the file mobilenet_weights), the name of an earlier step "
        "or of a model, or the path of a checkpoint",
    )
    epochs: float = setting(280.0, "length of the training, above 0, in passes over the images")


@dataclass
class TrainConfig:
    """Configuration of `pose train`, and of what `pose distill` and `pose prune` leave open."""

    labels: str = setting("", "file from `pose prepare`")
    images: str = setting("", "folder of the images that the labels name")
    val_labels: str = setting(
        "",
        "COCO keypoint file for the AP, of a closeup a data set of crops, NAME.tar; "
        '"": no validation',
    )
    val_images: str = setting("", "folder of the images that val_labels names")
    output: str = setting(
        "runs/train",
        "folder of the checkpoints, logs and pictures; a run with the same output goes on where it "
        "was",
    )
    architecture: str = setting(
        "lightweight",
        "architecture of the network: lightweight, student-small, student-base, "
        "openpose-vgg, openpose-body25, closeup or closeup-hand",
    )
    width: float = ranged(
        1.0,
        0.01,
        4.0,
        "width of the hidden layers of openpose-vgg and openpose-body25, over that of OpenPose",
    )
    mobilenet_weights: str = setting(
        "", "file of MobileNet v1 for init: mobilenet, such as mobilenet_sgd_68.848.pth.tar"
    )
    loss: str = one_of(
        "squared",
        ("squared", "relative"),
        "squared: masked squared error over every stage, as in the paper; relative: weighs joints "
        "and limbs more, which suits small networks and few images",
    )
    batch: int = ranged(32, 1, 65536, "samples per process")
    accumulate: int = ranged(1, 1, 65536, "batches per step of the optimiser")
    learning_rate: float = ranged(
        4e-5,
        0.0,
        10.0,
        "learning rate of the backbone; of refinement stages see refinement_rate; of biases twice "
        "as much",
    )
    weight_decay: float = ranged(
        5e-4, 0.0, 10.0, "weight decay of the weights of full convolutions"
    )
    schedule: str = one_of(
        "steps",
        ("steps", "cosine"),
        "steps: learning_rate times gamma at each milestone; cosine: to zero over the epochs",
    )
    milestones: Tuple[float, ...] = setting(
        (100.0, 200.0, 260.0), "where the schedule `steps` lowers the learning rate", unit="epochs"
    )
    gamma: float = ranged(0.333, 0.0, 1.0, "factor on the learning rate at each milestone")
    clip: float = ranged(0.0, 0.0, 1e6, "longest gradient; 0: any")
    ema_decay: float = ranged(
        0.0,
        0.0,
        0.999999,
        "decay per step of the average of the weights (0.999: over the last thousand); 0: no average",
    )
    broaden: float = ranged(
        0.7,
        0.0,
        100.0,
        "broadening of a teacher's peaks; 0 for networks that are right already",
        unit="cells",
    )
    frozen_norm: bool = setting(
        False, "true: batch norm keeps its statistics, for networks that are right already"
    )
    frozen_blocks: int = ranged(0, 0, 100, "first blocks of a closeup that keep their weights")
    refinement_rate: float = ranged(
        4.0, 0.0, 1000.0, "learning rate of refinement stages, times learning_rate"
    )
    workers: int = ranged(4, 0, 1024, "processes that load and augment images")
    seed: int = ranged(0, 0, 2**63 - 1, "seed of everything that is random")
    device: str = setting("auto", "auto, cpu or cuda")
    mixed_precision: bool = setting(True, "true: mixed precision on CUDA")
    cpu_bfloat16: bool = setting(
        False,
        "true: bfloat16 on CPUs that multiply it (AVX512-BF16, AMX), which takes half the time of "
        "float32",
    )
    mirrored_teacher: bool = setting(
        False,
        "true: a teacher's maps are averaged with those of the mirror image, which costs its time "
        "once more",
    )
    validate_every: int = ranged(
        5000, 1, 10**9, "iterations between validations, a multiple of accumulate"
    )
    val_height: int = ranged(368, 32, 2048, "height of the validation's input", unit="px")
    save_every: int = ranged(
        1000, 1, 10**9, "iterations between checkpoints, a multiple of accumulate"
    )
    keep: int = ranged(3, 1, 10**6, "last checkpoints that are kept, apart from the best by AP")
    steps: Tuple[Step, ...] = setting((Step(),), "trainings that follow one another")
    augmentation: Augmentation = Augmentation()

    def check(self) -> None:
        """Raise BadConfig for values that cannot work."""
        from lightweight_openpose.networks import ARCHITECTURES, CLOSEUPS

        try:
            _check_ranges(self, "")
            for step in self.steps:
                _check_ranges(step, f"step {step.name}: ")
        except BadSetting as error:
            raise BadConfig(str(error)) from None
        for name in ("save_every", "validate_every"):
            if getattr(self, name) % self.accumulate:
                raise BadConfig(
                    f"{name} is {getattr(self, name)}; it must be a multiple of accumulate "
                    f"({self.accumulate})"
                )
        trained = {**ARCHITECTURES, **CLOSEUPS}
        if self.architecture not in trained:
            raise BadConfig(
                f"unknown architecture '{self.architecture}'; known: {', '.join(trained)}"
            )
        multiple: int = trained[self.architecture].multiple  # type: ignore[attr-defined]
        if self.augmentation.size % multiple:
            raise BadConfig(
                f"augmentation.size is {self.augmentation.size}; {self.architecture} needs a "
                f"multiple of {multiple} px"
            )
        if len(self.augmentation.person) != 2 or not min(self.augmentation.person) > 0:
            raise BadConfig(
                f"augmentation.person is {self.augmentation.person}; two positive numbers are "
                "needed"
            )
        if not self.steps:
            raise BadConfig("steps is empty; at least one is needed")
        for step in self.steps:
            if PurePath(step.name).name != step.name or step.name in ("", ".."):
                raise BadConfig(f"a step is named {step.name!r}; its name is that of a folder")
            if not 0 < step.epochs < 10**6:
                raise BadConfig(
                    f"step {step.name} has {step.epochs} epochs; more than 0 are needed, and fewer "
                    "than 10^6"
                )


def _check_ranges(config: DataclassInstance, where: str) -> None:
    for field in fields(config):
        value = getattr(config, field.name)
        if is_dataclass(type(value)):
            _check_ranges(value, f"{where}{field.name}.")
        else:
            check_range(value, field, f"{where}{field.name}")


def read_config(path: Optional[str], changes: Optional[dict] = None) -> TrainConfig:
    """Configuration from a YAML file (None: the defaults). Raises BadConfig.

    changes: {dotted field: value} of what the file says otherwise.
    """
    document: dict = {}
    if path:
        try:
            document = read_yaml(path) or {}
        except OSError as error:
            raise BadConfig(f"configuration {path} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise BadConfig(f"configuration {path} cannot be used: {error}") from None
        if not isinstance(document, dict):
            raise BadConfig(f"configuration {path} needs fields such as labels: and images:")
    for name, value in (changes or {}).items():
        *groups, last = name.split(".")
        target = document
        for group in groups:
            target = target.setdefault(group, {})
            if not isinstance(target, dict):
                raise BadConfig(f"{name}: {group} has no fields")
        target[last] = value
    config = _build(TrainConfig, document, path or "the command line", "")
    config.check()
    return config


def _build(kind: Type[Fields], document: object, source: str, prefix: str) -> Fields:
    known = {f.name: f for f in fields(kind)}
    if not isinstance(document, dict):
        raise BadConfig(
            f"{source}: {prefix or 'it '}is {str(document)[:60]!r}; it needs fields such as "
            f"{', '.join(list(known)[:3])}"
        )
    unknown = [k for k in document if k not in known]
    if unknown:
        raise BadConfig(
            f"{source}: unknown field '{prefix}{unknown[0]}'; known: {', '.join(known)}"
        )
    blank = kind()
    values: Dict[str, object] = {}
    for name, value in document.items():
        default = getattr(blank, name)
        inner: type = type(default)
        if name == "steps" and not isinstance(value, (list, type(None))):
            raise BadConfig(f"{source}: steps is {value!r}; a list of steps is needed")
        elif name == "steps":
            values[name] = tuple(_build(Step, step, source, "steps.") for step in value or ())
        elif is_dataclass(inner):
            values[name] = _build(inner, value or {}, source, name + ".")
        else:
            values[name] = _convert(value, default, f"{source}: {prefix}{name}")
    return kind(**values)


def _convert(value: Any, default: Any, where: str) -> object:
    try:
        if isinstance(default, tuple):
            numbers = tuple(float(v) for v in value)
            if not all(map(math.isfinite, numbers)):
                raise ValueError
            return numbers
        if isinstance(default, bool):
            if not isinstance(value, bool):
                raise ValueError
            return value
        if isinstance(default, int) and float(value) != int(value):
            raise ValueError
        if isinstance(default, str) and isinstance(value, (dict, list, bytes)):
            raise ValueError
        if isinstance(default, float) and not math.isfinite(float(value)):
            raise ValueError
        return type(default)("" if value is None else value)
    except (OverflowError, TypeError, ValueError):
        raise BadConfig(
            f"{where} is {value!r}; expected {type(default).__name__}, such as {default!r}"
        ) from None
