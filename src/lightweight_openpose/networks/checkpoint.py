"""Read the weights of a network without running code from the file, and say what does not fit."""
from __future__ import annotations

import re
from pathlib import Path

import torch

from ..skeleton import Skeleton
from .lightweight import LightweightOpenPose


class BadCheckpoint(ValueError):
    """The file is no checkpoint of the network asked for; the message names file, fault and remedy."""


def read_state_dict(path) -> dict:
    """State dict of a PyTorch checkpoint, with or without the "state_dict" wrapper and the "module." prefix.

    Only tensors and plain containers are read (weights_only). Raises FileNotFoundError or BadCheckpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        state = torch.load(str(path), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises anything from EOFError to UnpicklingError on damaged files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadCheckpoint(f"{path} ({path.stat().st_size} bytes) is not a readable PyTorch checkpoint, it may be "
                            f"truncated: {reason[:160]}") from None
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise BadCheckpoint(f"{path} holds no state dict of tensors")
    return {re.sub(r"^module\.", "", k): v for k, v in state.items()}


def load_lightweight(path, skeleton: Skeleton) -> LightweightOpenPose:
    """LightweightOpenPose in eval mode from a checkpoint; the number of stages is read from the file.

    Raises BadCheckpoint when a tensor is missing, unexpected or of another shape.
    """
    state = read_state_dict(path)
    stages = len({k.split(".")[1] for k in state if k.startswith("refinement_stages.")})
    network = LightweightOpenPose(skeleton.num_heatmaps, skeleton.num_pafs, stages)
    expected = network.state_dict()
    shapes = [k for k in expected if k in state and state[k].shape != expected[k].shape]
    missing = sorted(set(expected) - set(state))
    unexpected = sorted(set(state) - set(expected))
    if missing or unexpected or shapes:
        parts = [f"{len(names)} {what} (first: {names[0]})" for what, names in
                 (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes)) if names]
        raise BadCheckpoint(f"{path} does not fit Lightweight OpenPose with skeleton {skeleton.name} "
                            f"({skeleton.num_heatmaps} heatmaps, {skeleton.num_pafs} PAF channels): tensors "
                            + ", ".join(parts))
    network.load_state_dict(state)
    return network.eval()
