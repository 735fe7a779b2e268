"""What a training run does, from a YAML file; every field has its default in config/train.yaml."""
from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import List, Optional, Tuple

import yaml

from .augment import Augmentation


class BadConfig(ValueError):
    """The configuration cannot be used; the message names the field and the fault."""


@dataclass
class Step:
    """init: `mobilenet` (the file mobilenet_weights), `random`, the name of an earlier step or of a model, or a checkpoint's path."""

    name: str = "train"
    stages: int = 1
    init: str = "random"
    epochs: float = 280.0


@dataclass
class TrainConfig:
    """See config/train.yaml for what the fields mean."""

    labels: str = ""
    images: str = ""
    val_labels: str = ""
    val_images: str = ""
    output: str = "runs/train"
    architecture: str = "lightweight"
    mobilenet_weights: str = ""
    loss: str = "squared"
    batch: int = 32
    accumulate: int = 1
    rate: float = 4e-5
    weight_decay: float = 5e-4
    milestones: Tuple[float, ...] = (100.0, 200.0, 260.0)
    gamma: float = 0.333
    schedule: str = "steps"
    clip: float = 0.0
    average: float = 0.0
    frozen_norm: bool = False
    refinement_rate: float = 4.0
    workers: int = 4
    seed: int = 0
    device: str = "auto"
    mixed_precision: bool = True
    cpu_bfloat16: bool = False
    mirrored_teacher: bool = False
    broaden: float = 0.7
    validate_every: int = 5000
    val_height: int = 368
    save_every: int = 1000
    keep: int = 3
    steps: List[Step] = field(default_factory=lambda: [Step()])
    augmentation: Augmentation = field(default_factory=Augmentation)

    def check(self) -> None:
        """Raise BadConfig for values that cannot work."""
        for name in ("batch", "accumulate", "keep", "save_every"):
            if getattr(self, name) < 1:
                raise BadConfig(f"{name} is {getattr(self, name)}; at least 1 is needed")
        for name in ("save_every", "validate_every"):
            if getattr(self, name) % self.accumulate:
                raise BadConfig(f"{name} is {getattr(self, name)}; it must be a multiple of accumulate ({self.accumulate})")
        for name, known in (("loss", ("squared", "relative")), ("schedule", ("steps", "cosine"))):
            if getattr(self, name) not in known:
                raise BadConfig(f"{name} is {getattr(self, name)!r}; known: {', '.join(known)}")
        multiple = 32 if self.architecture.startswith("student") else 8
        if self.augmentation.size < 32 or self.augmentation.size % multiple:
            raise BadConfig(f"augmentation.size is {self.augmentation.size}; {self.architecture} needs a multiple of "
                            f"{multiple} px, at least 32")
        if not self.steps:
            raise BadConfig("steps is empty; at least one is needed")

    def to_dict(self) -> dict:
        return asdict(self)


def read_config(path: Optional[str], changes: Optional[dict] = None) -> TrainConfig:
    """Configuration from a YAML file (None: the defaults) with changes {dotted field: value}. Raises BadConfig."""
    document = {}
    if path:
        try:
            document = yaml.safe_load(Path(path).read_text()) or {}
        except OSError as error:
            raise BadConfig(f"configuration {path} cannot be read: {error.strerror}") from None
        except yaml.YAMLError as error:
            raise BadConfig(f"configuration {path} is no YAML: {' '.join(str(error).split())[:160]}") from None
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
        raise BadConfig(f"{source}: unknown field '{prefix}{unknown[0]}'; known: {', '.join(known)}")
    blank, values = kind(), {}
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
        raise BadConfig(f"{where} is {value!r}; expected {type(default).__name__}, such as {default!r}") from None
