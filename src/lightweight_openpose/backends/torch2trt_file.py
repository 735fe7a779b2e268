"""The state dict of torch2trt's TRTModule: a serialized engine and the names of its tensors.

Layout: https://github.com/NVIDIA-AI-IOT/torch2trt, torch2trt/trt_module.py. To it comes, under KEY,
our description of the model, which TRTModule.load_state_dict() leaves alone.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator, List, Optional, Tuple, Union

from lightweight_openpose.files import check_archive, replacing
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BadModel


def write_torch2trt(
    path: Union[str, Path], engine: bytes, inputs: List[str], outputs: List[str], info: ModelInfo
) -> None:
    """Write what TRTModule().load_state_dict(torch.load(path)) takes; names of inputs, outputs."""
    import torch

    state = {
        "engine": bytearray(engine),
        "input_names": inputs,
        "output_names": outputs,
        KEY: info.to_json(),
    }
    with replacing(path) as partial:
        torch.save(state, str(partial))


def read_torch2trt(path: Union[str, Path]) -> Tuple[bytes, Optional[ModelInfo]]:
    """The serialized engine, and what the file says of the model, if anything. Raises BadModel."""
    import torch

    path = Path(path)
    try:
        check_archive(path)
        with _bytearray_allowed():
            state = torch.load(str(path), map_location="cpu", weights_only=True)  # noqa: TID251
        engine = bytes(memoryview(state["engine"]))
    except Exception as error:  # torch raises anything from EOFError to UnpicklingError
        reason = (str(error) or type(error).__name__).splitlines()[0][:160]
        raise BadModel(f"{path} is no file that torch2trt saved: {reason}") from None
    text = state.get(KEY)
    return engine, ModelInfo.from_json(text if isinstance(text, str) else None, path)


@contextlib.contextmanager
def _bytearray_allowed() -> Iterator[None]:
    """Let weights_only=True read a bytearray, which it refuses up to PyTorch 2.4, and no more."""
    import torch

    if hasattr(torch.serialization, "safe_globals"):  # PyTorch 2.5: it reads one by itself
        yield
        return
    # The list that torch makes once and keeps; before 2.4 it has Python 2's names of modules.
    allowed = torch._weights_only_unpickler._get_allowed_globals()
    wanted = {
        "builtins.bytearray": bytearray,
        "__builtin__.bytearray": bytearray,
        "_codecs.encode": _latin1,  # how bytes are stored
    }
    added = set(wanted) - set(allowed)
    allowed.update({name: wanted[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del allowed[name]


def _latin1(text: str, encoding: str) -> bytes:
    """Bytes of a text with one character for each; encoding: none but Latin-1."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes stored as {encoding}")
    return text.encode("latin-1")
