"""The file models.yaml: which models there are and what is known of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

from lightweight_openpose.files import read_yaml, share_dir

from .model_info import InputSpec, ModelInfo

# One component of a path that is no way out of its folder.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


HEAD_JOINTS = ("nose", "left_eye", "left_ear")  # of an entry's head


class BadCatalogue(ValueError):
    """models.yaml cannot be used; the message names the entry and the fault."""


@dataclass(frozen=True)
class ModelFile:
    """One file of a model; None where a fact is not known in advance."""

    name: str
    url: Optional[str] = None
    size: Optional[int] = None  # bytes
    sha256: Optional[str] = None  # 64 hexadecimal digits


@dataclass(frozen=True)
class HeadJoint:
    """Where a network puts a joint of the head, and how far it errs.

    On the head's axes (x out of the face, y to its left, z up), from midway between the eyes.
    """

    point: Tuple[float, float, float]  # [m] of a face towards the camera
    turned: Tuple[float, float, float]  # [m] that it gains times the sine of the turn to the left
    deviation: float  # [m] standard deviation along an axis of a joint of score 1
    fading: float  # power of the score by which that is divided

    def __post_init__(self) -> None:
        for name in ("point", "turned"):
            vector = getattr(self, name)
            if len(vector) != 3 or not all(abs(v) < 0.3 for v in vector):
                raise ValueError(f"{name} is {vector}; three lengths below 0.3 m are needed")
        if not (0 < self.deviation < 0.1 and 0 <= self.fading < 4):
            raise ValueError(
                f"deviation {self.deviation} m and fading {self.fading} are not "
                "within 0..0.1 m and 0..4"
            )


@dataclass(frozen=True)
class ModelEntry:
    """What is known of a model; see config/models.yaml for the fields."""

    name: str
    file: str  # name of the main file
    files: Tuple[ModelFile, ...] = ()  # all of them; empty for a model that was given by path
    aliases: Tuple[str, ...] = ()  # other names that the main file goes by
    # files next to `file` that hold the same network for other runtimes, best first
    instead: Tuple[str, ...] = ()
    description: str = ""
    licence: str = ""  # of files that are fetched, and whose
    skeleton: str = "coco18"  # its name
    stride: int = 8  # [px] of the network's input per cell of the maps
    spec: InputSpec = field(default_factory=InputSpec)
    min_score: float = 0.05  # [0, 1] people with a lower score are dropped
    # nose, left eye and left ear; empty where they were not fitted for this network
    head: Tuple[HeadJoint, ...] = ()
    bf16: bool = False  # it was measured in bfloat16

    @property
    def known(self) -> bool:
        """True for a model of models.yaml, False for a path whose file has to say what it is."""
        return bool(self.files)


def read_entries(path: Union[str, Path, None] = None) -> Tuple[Dict[str, ModelEntry], List[str]]:
    """Entries of a models.yaml by name, and the names of the defaults, the one to prefer first.

    Raises BadCatalogue or OSError.
    """
    path = Path(path or share_dir() / "config" / "models.yaml")
    try:
        document = _mapping(read_yaml(path), "the file")
        models = _mapping(document.get("models"), "models")
        entries = {str(name): _entry(name, facts) for name, facts in models.items()}
        defaults = _names(document.get("default"), "default")
        missing = [name for name in defaults if name not in entries]
        if missing or not defaults:
            raise ValueError(f"default names {', '.join(missing) or 'nothing'}; it names models")
    except ValueError as error:
        raise BadCatalogue(f"{path}: {error}") from None
    return entries, defaults


def _entry(name: Any, facts: Any) -> ModelEntry:
    where = f"model {name}"
    facts = _mapping(facts, where)
    try:
        files = _mapping(facts["files"], "files")
        entry = ModelEntry(
            _name(name, "its name"),
            _name(facts["file"], "file"),
            tuple(_file(file_name, about) for file_name, about in files.items()),
            tuple(_names(facts.get("aliases", []), "aliases")),
            tuple(_names(facts.get("instead", []), "instead")),
            str(facts.get("description", "")),
            str(facts.get("licence", "")),
            str(facts["skeleton"]),
            ModelInfo(stride=facts["stride"]).stride,
            InputSpec.from_dict(facts),
            float(facts.get("min_score", ModelEntry.min_score)),
            _head(facts.get("head")),
            facts.get("bf16", False),
        )
    except KeyError as error:
        raise ValueError(f"{where} has no {error.args[0]}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None
    if entry.file not in [f.name for f in entry.files]:
        raise ValueError(f"{where}: file {entry.file} is not among its files")
    if not 0 <= entry.min_score <= 1:
        raise ValueError(f"{where}: min_score is {entry.min_score}; it is in [0, 1]")
    if not isinstance(entry.bf16, bool):
        raise ValueError(f"{where}: bf16 is {_short(entry.bf16)}; it is true or false")
    return entry


def _head(facts: Any) -> Tuple[HeadJoint, ...]:
    if facts is None:
        return ()
    facts = _mapping(facts, "head")
    return tuple(_head_joint(facts[name]) for name in HEAD_JOINTS)


def _head_joint(facts: Any) -> HeadJoint:
    facts = _mapping(facts, "a joint of the head")
    point, turned = (tuple(float(v) for v in facts[name]) for name in ("point", "turned"))
    deviation, fading = float(facts["deviation"]), float(facts["fading"])
    return HeadJoint(point, turned, deviation, fading)  # type: ignore[arg-type]


def _file(name: Any, facts: Any) -> ModelFile:
    facts = _mapping({} if facts is None else facts, f"file {name}")
    unknown = set(facts) - {f.name for f in fields(ModelFile)}
    if unknown:
        raise ValueError(f"file {name} has the unknown field {sorted(map(str, unknown))[0]}")
    url = facts.get("url")
    size = facts.get("size")
    digest = facts.get("sha256")
    if url is not None and not re.match("(https?|file)://", str(url)):
        raise ValueError(f"file {name}: url is {url!r}; it begins with https://")
    if size is not None and (type(size) is not int or size < 1):
        raise ValueError(f"file {name}: size is {size!r}; a number of bytes is needed")
    if digest is not None and not re.fullmatch("[0-9a-f]{64}", str(digest)):
        raise ValueError(f"file {name}: sha256 is {digest!r}; 64 hexadecimal digits are needed")
    return ModelFile(_name(name, "a file's name"), url, size, digest)


def _mapping(value: Any, what: str) -> dict:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is {_short(value)}; fields and their values are needed")
    return value


def _names(value: Any, what: str) -> List[str]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{what} is {_short(value)}; a list of names is needed")
    return [_name(v, what) for v in value]


def _name(value: Any, what: str) -> str:
    """A name that leads nowhere but into its own folder. Raises ValueError."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{what} is {_short(value)}; a plain name of letters, digits, _ . + - is needed"
        )
    return value


def _short(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
