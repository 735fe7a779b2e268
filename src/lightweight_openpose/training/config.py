"""What a training run does, from a YAML file; every field has its default in config/train.yaml."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import PurePath
from typing import List, Optional, Tuple

from lightweight_openpose.files import read_yaml
from lightweight_openpose.networks import ARCHITECTURES, CLOSEUPS

from .augment import Augmentation

# Lowest and highest value.
LIMITS = {
    "batch": (1, 65536),
    "accumulate": (1, 65536),
    "keep": (1, 10**6),
    "save_every": (1, 10**9),
    "validate_every": (1, 10**9),
    "learning_rate": (0, 10),
    "weight_decay": (0, 10),
    "gamma": (0, 1),
    "clip": (0, 10**6),
    "ema_decay": (0, 0.999999),
    "refinement_rate": (0, 1000),
    "workers": (0, 1024),
    "frozen_blocks": (0, 100),
    "seed": (0, 2**63 - 1),
    "broaden": (0, 100),
    "val_height": (32, 2048),
    "width": (0.01, 4),
}


class BadConfig(ValueError):
    """The configuration cannot be used; the message names the field and the fault."""


@dataclass
class Step:
    """One training of several that follow one another."""

    name: str = "train"  # of its folder below the output
    stages: int = 1  # after the first, of `lightweight` and OpenPose's networks
    # `random`, `mobilenet` (the file mobilenet_weights), the name of an earlier step or of a model,
    # or a checkpoint's path
    init: str = "random"
    epochs: float = 280.0


@dataclass
class TrainConfig:
    """A whole run; config/train.yaml says more of each field."""

    labels: str = ""  # file of `pose prepare`
    images: str = ""  # folder of the images that the labels name
    val_labels: str = ""  # COCO keypoint file for the AP
    val_images: str = ""  # folder of its images
    output: str = "runs/train"  # folder
    architecture: str = "lightweight"  # one of ARCHITECTURES
    width: float = 1.0  # of the hidden layers of OpenPose's networks, over OpenPose's own
    mobilenet_weights: str = ""  # file for init: mobilenet
    loss: str = "squared"  # or relative
    batch: int = 32  # samples per process
    accumulate: int = 1  # batches per step of the optimiser
    learning_rate: float = 4e-5  # of the backbone
    weight_decay: float = 5e-4  # of the weights of full convolutions
    milestones: Tuple[float, ...] = (100.0, 200.0, 260.0)  # [epochs]
    gamma: float = 0.333  # factor on the learning rate at each milestone
    schedule: str = "steps"  # or cosine
    clip: float = 0.0  # longest gradient; 0: any
    ema_decay: float = 0.0  # per step, of the average of the weights; 0: no average
    frozen_norm: bool = False  # batch norm keeps its statistics
    frozen_blocks: int = 0  # of a closeup's first blocks, which keep their weights
    refinement_rate: float = 4.0  # of refinement stages, times learning_rate
    workers: int = 4  # processes that load and augment images
    seed: int = 0
    device: str = "auto"
    mixed_precision: bool = True  # on CUDA
    cpu_bfloat16: bool = False  # on CPUs that multiply it
    mirrored_teacher: bool = False  # average its maps with those of the mirror image
    broaden: float = 0.7  # [cells] of a teacher's peaks
    validate_every: int = 5000  # iterations
    val_height: int = 368  # [px] input height of the validation
    save_every: int = 1000  # iterations
    keep: int = 3  # last checkpoints, beside the best by AP
    steps: List[Step] = field(default_factory=lambda: [Step()])
    augmentation: Augmentation = field(default_factory=Augmentation)

    def check(self) -> None:
        """Raise BadConfig for values that cannot work."""
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise BadConfig(
                    f"{name} is {getattr(self, name)}; "
                    + (
                        f"at least {low} is needed"
                        if getattr(self, name) < low
                        else f"at most {high} is possible"
                    )
                )
        for name in ("save_every", "validate_every"):
            if getattr(self, name) % self.accumulate:
                raise BadConfig(
                    f"{name} is {getattr(self, name)}; it must be a multiple of accumulate "
                    f"({self.accumulate})"
                )
        for name, known in (("loss", ("squared", "relative")), ("schedule", ("steps", "cosine"))):
            if getattr(self, name) not in known:
                raise BadConfig(f"{name} is {getattr(self, name)!r}; known: {', '.join(known)}")
        trained = {**ARCHITECTURES, **CLOSEUPS}
        if self.architecture not in trained:
            raise BadConfig(
                f"unknown architecture '{self.architecture}'; known: {', '.join(trained)}"
            )
        multiple: int = trained[self.architecture].multiple  # type: ignore[attr-defined]
        if not 32 <= self.augmentation.size <= 4096 or self.augmentation.size % multiple:
            raise BadConfig(
                f"augmentation.size is {self.augmentation.size}; {self.architecture} needs a "
                f"multiple of {multiple} px in 32..4096"
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
            if not (0 <= step.stages <= 20 and 0 < step.epochs < 10**6):
                raise BadConfig(
                    f"step {step.name} has {step.stages} stages and {step.epochs} epochs; 0 to 20 "
                    "and more than 0 are possible"
                )


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


def _build(kind, document, source, prefix):
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
    values = {}
    for name, value in document.items():
        default = getattr(blank, name)
        if name == "steps" and not isinstance(value, (list, type(None))):
            raise BadConfig(f"{source}: steps is {value!r}; a list of steps is needed")
        elif name == "steps":
            values[name] = [_build(Step, step, source, "steps.") for step in value or []]
        elif is_dataclass(default):
            values[name] = _build(type(default), value or {}, source, name + ".")
        else:
            values[name] = _convert(value, default, f"{source}: {prefix}{name}")
    return kind(**values)


def _convert(value, default, where):
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
