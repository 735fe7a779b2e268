"""Read the weights of a network without running code from the file, and say what does not fit."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Optional, Tuple

import torch
from torch import nn

from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_dict
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .lightweight import LightweightOpenPose
from .student import SIZES, PoseStudent
from .widths import fit_widths


class BadCheckpoint(ValueError):
    """The file is no checkpoint of the network asked for; the message names file, fault and remedy."""


def read_checkpoint(path) -> dict:
    """Contents of a PyTorch checkpoint, at least {"state_dict": tensors by name without the "module." prefix}.

    Only tensors and plain containers are read (weights_only). Raises FileNotFoundError or BadCheckpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises anything from EOFError to UnpicklingError on damaged files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadCheckpoint(f"{path} ({path.stat().st_size} bytes) is not a readable PyTorch checkpoint, it may be "
                            f"truncated: {reason[:160]}") from None
    wrapped = isinstance(content, dict) and isinstance(content.get("state_dict"), dict)
    content = content if wrapped else {"state_dict": content}
    state = content["state_dict"]
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise BadCheckpoint(f"{path} holds no state dict of tensors")
    content["state_dict"] = {re.sub(r"^module\.", "", k): v for k, v in state.items()}
    return content


def load_network(path, skeleton: Optional[Skeleton] = None) -> Tuple[nn.Module, Skeleton]:
    """Network in eval mode from a checkpoint, and its skeleton: the one given, else that in the file, else coco18.

    The architecture, the number of stages and the widths of the layers are read from the file. Raises BadCheckpoint when a tensor is missing,
    unexpected or of another shape.
    """
    content = read_checkpoint(path)
    if skeleton is None:
        stored = content.get("skeleton")
        skeleton = skeleton_from_dict(stored, str(path)) if isinstance(stored, dict) else COCO18
    state = {k: v.float() if v.is_floating_point() else v for k, v in content["state_dict"].items()}
    network = _network_for(state, skeleton).eval()
    if _pruned(network, state):
        fit_widths(network, state)
    fill(network, state, f"{path} does not fit {type(network).__name__} with skeleton {skeleton.name} "
         f"({skeleton.num_heatmaps} heatmaps, {skeleton.num_pafs} PAF channels)")
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, 64, 64))
    except RuntimeError as error:  # widths that no pruning leaves
        raise BadCheckpoint(f"{path}: its layers do not fit one another: {str(error).splitlines()[0][:160]}") from None
    return network, skeleton


def _pruned(network, state):
    return any(k in state and state[k].shape != v.shape for k, v in network.state_dict().items())


def info_of(network: nn.Module, skeleton: Skeleton) -> ModelInfo:
    """What a runtime must know of a network of this package."""
    return ModelInfo(skeleton, InputSpec(multiple=getattr(network, "multiple", 8)))


def _network_for(state, skeleton):
    if "stem.0.weight" in state:
        size = next((s for s in SIZES.values() if s["width"][0] == state["stem.0.weight"].shape[0]), SIZES["small"])
        return PoseStudent(skeleton.num_heatmaps, skeleton.num_pafs, **size)
    stages = len({k.split(".")[1] for k in state if k.startswith("refinement_stages.")})
    return LightweightOpenPose(skeleton.num_heatmaps, skeleton.num_pafs, stages)


def fill(network: nn.Module, state: dict, misfit: str) -> None:
    """Load a state dict of the same tensors. Raises BadCheckpoint, its message beginning with misfit."""
    expected = network.state_dict()
    shapes = [k for k in expected if k in state and state[k].shape != expected[k].shape]
    missing = sorted(set(expected) - set(state))
    unexpected = sorted(set(state) - set(expected))
    if missing or unexpected or shapes:
        parts = [f"{len(names)} {what} (first: {names[0]})" for what, names in
                 (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes)) if names]
        raise BadCheckpoint(f"{misfit}: tensors " + ", ".join(parts))
    network.load_state_dict(state)
