"""What keeps the content of a file from being a state dict: tensors by name."""

from __future__ import annotations

from typing import Optional

import torch


def state_fault(state, wrapped: bool) -> Optional[str]:
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


def _is_spread(tensor) -> bool:
    """Whether it is larger than what is stored of it: it would grow when it is copied."""
    if tensor.layout != torch.strided:
        return True
    storage = getattr(tensor, "untyped_storage", tensor.storage)()  # before PyTorch 2 the latter
    return tensor.numel() * tensor.element_size() > storage.nbytes()


def _is_state(value) -> bool:
    return isinstance(value, dict) and bool(value) and state_fault(value, True) is None
