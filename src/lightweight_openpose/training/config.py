"""What a training run does, from a YAML file; every field has its default in config/train.yaml."""
from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import List, Optional, Tuple

import yaml

from lightweight_openpose.networks import ARCHITECTURES

from .augment import Augmentation


class BadConfig(ValueError):
    """The configuration cannot be used; the message names the field and the fault."""


@dataclass
class Step:
    """One training of several that follow one another."""

    name: str = "train"  # of its folder below the output
    stages: int = 1  # refinement stages of the architecture `lightweight`
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
        for name in ("batch", "accumulate", "keep", "save_every"):
            if getattr(self, name) < 1:
                raise BadConfig(f"{name} is {getattr(self, name)}; at least 1 is needed")
        for name in ("save_every", "validate_every"):
            if getattr(self, name) % self.accumulate:
                raise BadConfig(
                    f"{name} is {getattr(self, name)}; it must be a multiple of accumulate "
                    f"({self.accumulate})"
                )
        for name, known in (("loss", ("squared", "relative")), ("schedule", ("steps", "cosine"))):
            if getattr(self, name) not in known:
                raise BadConfig(f"{name} is {getattr(self, name)!r}; known: {', '.join(known)}")
        if self.architecture not in ARCHITECTURES:
            raise BadConfig(
                f"unknown architecture '{self.architecture}'; known: {', '.join(ARCHITECTURES)}"
            )
        multiple = ARCHITECTURES[self.architecture].multiple
        if self.augmentation.size < 32 or self.augmentation.size % multiple:
            raise BadConfig(
                f"augmentation.size is {self.augmentation.size}; {self.architecture} needs a "
                f"multiple of {multiple} px, at least 32"
            )
        if not self.steps:
            raise BadConfig("steps is empty; at least one is needed")



def read_config(path: Optional[str], changes: Optional[dict] = None) -> TrainConfig:
    """Configuration from a YAML file (None: the defaults). Raises BadConfig.

    changes: {dotted field: value} of what the file says otherwise.
    """
    document = {}
    if path:
        try:
            document = yaml.safe_load(Path(path).read_text()) or {}
        except OSError as error:
            raise BadConfig(f"configuration {path} cannot be read: {error.strerror}") from None
        except yaml.YAMLError as error:
            raise BadConfig(
                f"configuration {path} is no YAML: {' '.join(str(error).split())[:160]}"
            ) from None
        if not isinstance(document, dict):
            raise BadConfig(f"configuration {path} needs fields such as labels: and images:")
    for name, value in (changes or {}).items():
        *groups, last = name.split(".")
        target = document
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    config = _build(TrainConfig, document, path or "the command line", "")
    config.check()
    return config


def _build(kind, document, source, prefix):
    known = {f.name: f for f in fields(kind)}
    unknown = [k for k in document if k not in known]
    if unknown:
        raise BadConfig(
            f"{source}: unknown field '{prefix}{unknown[0]}'; known: {', '.join(known)}"
        )
    blank = kind()
    values = {}
    for name, value in document.items():
        default = getattr(blank, name)
        if name == "steps":
            values[name] = [_build(Step, step, source, "steps.") for step in value or []]
        elif is_dataclass(default):
            values[name] = _build(type(default), value or {}, source, name + ".")
        else:
            values[name] = _convert(value, default, f"{source}: {prefix}{name}")
    return kind(**values)


def _convert(value, default, where):
    try:
        if isinstance(default, tuple):
            return tuple(float(v) for v in value)
        if isinstance(default, bool):
            if not isinstance(value, bool):
                raise ValueError
            return value
        if isinstance(default, int) and float(value) != int(value):
            raise ValueError
        return type(default)("" if value is None else value)
    except (TypeError, ValueError):
        raise BadConfig(
            f"{where} is {value!r}; expected {type(default).__name__}, such as {default!r}"
        ) from None
