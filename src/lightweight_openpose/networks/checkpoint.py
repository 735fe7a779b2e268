"""Read the weights of a network without running code from the file, and say what does not fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Optional, Tuple, Union

import torch
from torch import nn

from lightweight_openpose.files import check_archive, replacing
from lightweight_openpose.poses import COCO18, Skeleton, find_skeleton, skeleton_from_dict
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from . import ARCHITECTURES, CLOSEUPS, OPENPOSE, architecture_of, build_network
from .openpose_layers import layers_in
from .pickled import Entry, refused_entry
from .widths import fit_widths

# Keys that others keep their weights at.
_STATE_KEYS = ("state_dict", "model_state_dict", "model", "network", "net", "ema", "weights")
# What torch says of the opcodes of later protocols: FRAME, SHORT_BINUNICODE, MEMOIZE, STACK_GLOBAL.
_NEW_PICKLES = {f"Unsupported operand {code}" for code in (149, 140, 148, 147)}


class BadCheckpoint(ValueError):
    """The file is no checkpoint of the network asked for; the message names the remedy."""


def read_checkpoint(path: Union[str, Path]) -> dict:
    """Contents of a PyTorch checkpoint: at least {"state_dict": tensors by name}, less "module.".

    Only tensors and plain containers are read (weights_only). Raises FileNotFoundError or
    BadCheckpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        check_archive(path)
    except ValueError as error:
        raise BadCheckpoint(str(error)) from None
    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)  # noqa: TID251
    # torch raises anything from EOFError to UnpicklingError on damaged files
    except Exception as error:
        raise BadCheckpoint(_unread(path, str(error) or type(error).__name__)) from None
    wrapped = isinstance(content, dict) and isinstance(content.get("state_dict"), dict)
    content = content if wrapped else {"state_dict": content}
    fault = state_fault(content["state_dict"], wrapped)
    if fault is not None:
        raise BadCheckpoint(f"{path} {fault}")
    content["state_dict"] = {
        re.sub(r"^module\.", "", k): v for k, v in content["state_dict"].items()
    }
    return content


def _unread(path: Path, fault: str) -> str:
    """Why torch does not read a file, with the way out; fault: what it says itself."""
    if "TorchScript" in fault:
        return f"{path} is a TorchScript network, no checkpoint: name it FILE.pt and run it so"
    entry = refused_entry(path, fault)
    if entry is not None:
        what = f"its entry {' / '.join(entry.keys)[:80]} is" if entry.keys else "it is"
        return (
            f"{path}: {what} no tensor ({entry.kind[:80]}) and is not read, since that can run "
            "code; where you trust the file, save the state dict alone: torch.save({'state_dict': "
            f"torch.load(FILE, weights_only=False){_way_to_state(entry)}}}, 'weights.pth')"
        )
    reason = fault.splitlines()[0]
    if re.search("weights.only", reason, re.I):  # advice; what was wrong comes later
        reason = (re.findall(r"Unsupported \w+ \S+", fault) or ["no tensors inside"])[0]
    if reason in _NEW_PICKLES:
        return f"{path} was saved with pickle_protocol above 2; save it with torch.save's own"
    return (
        f"{path} ({path.stat().st_size} bytes) is not a readable PyTorch checkpoint, it may be "
        f"truncated: {reason[:160]}"
    )


def _way_to_state(entry: Entry) -> str:
    """From the content of the file to its state dict, in Python."""
    if not entry.keys:
        return ".state_dict()"
    found = next((k for k in _STATE_KEYS if k in entry.beside), None)
    if found is None:
        return f"[one of {', '.join(entry.beside)[:160]}]"
    return f"['{found}']" + (".state_dict()" if entry.keys == (found,) else "")


def write_checkpoint(path: Union[str, Path], content: dict) -> Path:
    """Save what read_checkpoint reads back; a kill at any moment leaves the old or the new file."""
    path = Path(path)
    with replacing(path) as partial, open(str(partial), "wb") as stream:
        try:
            torch.save(content, stream)
        except RuntimeError as error:  # torch ends the archive of which it could not write a part
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise
    return path


def load_network(
    path: Union[str, Path], skeleton: Optional[Skeleton] = None
) -> Tuple[nn.Module, Skeleton]:
    """Network in eval mode from a checkpoint, and its skeleton.

    skeleton: by default that in the file, else that of the public weights of the architecture
    (coco18, body_25, hand_21). The architecture, the number of stages and the widths of the layers
    are read from the file. Raises BadCheckpoint when a tensor is missing, unexpected or of another
    shape.
    """
    content = read_checkpoint(path)
    state = {k: v.float() if v.is_floating_point() else v for k, v in content["state_dict"].items()}
    if skeleton is None:
        stored = content.get("skeleton")
        skeleton = (
            skeleton_from_dict(stored, str(path))
            if isinstance(stored, dict)
            else _public_skeleton(state)
        )
    network = _network_for(content.get("architecture"), state, skeleton).eval()
    if architecture_of(network) in OPENPOSE:
        state = network.renamed(state)
    if _pruned(network, state):
        fit_widths(network, state)
    fill(
        network,
        state,
        f"{path} does not fit {type(network).__name__} with skeleton {skeleton.name} "
        f"({skeleton.num_heatmaps} heatmaps, {skeleton.num_pafs} PAF channels)",
    )
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, *(info_of(network, skeleton).spec.fixed_size or (64, 64))))
    except RuntimeError as error:  # widths that no pruning leaves
        raise BadCheckpoint(
            f"{path}: its layers do not fit one another: {str(error).splitlines()[0][:160]}"
        ) from None
    return network, skeleton


def _pruned(network: nn.Module, state: Dict[str, torch.Tensor]) -> bool:
    return any(k in state and state[k].shape != v.shape for k, v in network.state_dict().items())


def info_of(network: nn.Module, skeleton: Skeleton) -> ModelInfo:
    """What a runtime must know of a network of this package."""
    closeup = architecture_of(network) in CLOSEUPS
    fixed = (network.multiple, network.multiple) if closeup else None
    return ModelInfo(skeleton, InputSpec(multiple=network.multiple, fixed_size=fixed))


def _network_for(
    architecture: object, state: Dict[str, torch.Tensor], skeleton: Skeleton
) -> nn.Module:
    """Network of the architecture that the file names, where its tensors agree with that."""
    guessed = _guessed(state)
    if guessed in OPENPOSE:
        kind = OPENPOSE[guessed]
        stages = max(1, kind.stages_in(state))
        return build_network(guessed, skeleton, stages, kind.width_in(state))
    stages = len({k.split(".")[1] for k in state if k.startswith("refinement_stages.")})
    if isinstance(architecture, str) and architecture in ARCHITECTURES:
        network = build_network(architecture, skeleton, stages)
        if network.state_dict().keys() == state.keys():
            return network
    return build_network(guessed, skeleton, stages)


def _guessed(state: Dict[str, torch.Tensor]) -> str:
    """Architecture of a foreign file, by its tensors."""
    layers = layers_in(state)
    if "conv1_1" in layers:
        return next((k for k, v in OPENPOSE.items() if v.mark in layers), "openpose-vgg")
    if "place.weight" in state:
        return "closeup" if "squeeze.0.weight" in state else "closeup-hand"
    if "stem.0.weight" not in state:
        return "lightweight"
    width = len(state["stem.0.weight"])
    students = {k: v for k, v in ARCHITECTURES.items() if k.startswith("student-")}
    return next((k for k, v in students.items() if v.width[0] == width), "student-small")


def _public_skeleton(state: Dict[str, torch.Tensor]) -> Skeleton:
    """Skeleton of the public weights of an architecture."""
    guessed = _guessed(state)
    return find_skeleton(OPENPOSE[guessed].skeleton) if guessed in OPENPOSE else COCO18


def fill(network: nn.Module, state: Dict[str, torch.Tensor], misfit: str) -> None:
    """Load a state dict of the same tensors.

    Raises BadCheckpoint, its message beginning with misfit.
    """
    expected = network.state_dict()
    shapes = [k for k in expected if k in state and state[k].shape != expected[k].shape]
    missing = sorted(set(expected) - set(state))
    unexpected = sorted(set(state) - set(expected))
    if missing or unexpected or shapes:
        faults = (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes))
        parts = [f"{len(names)} {what} (first: {names[0]})" for what, names in faults if names]
        raise BadCheckpoint(f"{misfit}: tensors " + ", ".join(parts))
    network.load_state_dict(state)


def state_fault(state: object, wrapped: bool) -> Optional[str]:
    """What keeps it from being a state dict; wrapped: it is the entry state_dict of the file."""
    if not isinstance(state, dict) or not state:
        kind = "an empty dict" if isinstance(state, dict) else f"a {type(state).__name__}"
        return f"holds no state dict of tensors but {kind}"
    others = [k for k, v in state.items() if not isinstance(v, torch.Tensor)]
    spread = [k for k, v in state.items() if isinstance(v, torch.Tensor) and _is_spread(v)]
    if spread:
        return f"has a tensor {str(spread[0])[:80]} of which not all elements are in the file"
    if not others and all(isinstance(k, str) for k in state):
        return None
    if wrapped or len(others) < len(state):
        name = str(others[0] if others else next(k for k in state if not isinstance(k, str)))
        return f"has an entry {name[:80]} in its state dict that is no tensor with a name"
    inner = [k for k in others if _is_state(state[k])]
    return (
        f"holds no state_dict; its keys are {', '.join(str(k)[:40] for k in list(state)[:12])}"
        + (
            f"; {str(inner[0])[:40]} is one: save it alone: torch.save({{'state_dict': "
            f"torch.load(FILE, weights_only=True)[{inner[0]!r}]}}, 'weights.pth')"
            if inner
            else ""
        )
    )


def _is_spread(tensor: torch.Tensor) -> bool:
    """Whether it is larger than what is stored of it: it would grow when it is copied."""
    if tensor.layout != torch.strided:
        return True
    storage = getattr(tensor, "untyped_storage", tensor.storage)()  # before PyTorch 2 the latter
    return tensor.numel() * tensor.element_size() > storage.nbytes()


def _is_state(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and state_fault(value, True) is None
