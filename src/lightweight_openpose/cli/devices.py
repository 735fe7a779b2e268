"""Which devices a runtime has on this machine."""

from __future__ import annotations

import importlib
import re
from typing import List

from lightweight_openpose.backends import RUNTIMES


def version_of(package: str) -> str:
    """Version of a package that can be imported. Raises what its import does."""
    module = importlib.import_module(package)  # noqa: TID251
    return str(getattr(module, "__version__", "of unknown version"))


def devices_of(backend: str) -> List[str]:
    """Names that --device takes with a backend that is installed, but for auto."""
    return RUNTIMES[backend].devices()


def check_device(model: str, backend: str, device: str) -> None:
    """Raise ValueError where the runtime that would run the model does not have the device.

    And what finding the model and choosing the runtime raises.
    """
    if device in ("auto", "cpu"):
        return
    from lightweight_openpose.backends import choose, file_for
    from lightweight_openpose.zoo.catalogue import resolve

    name = choose(file_for(*resolve(model), backend).suffix, backend)
    known = devices_of(name)
    kinds = {re.split("[.:]", each)[0] for each in known}  # GPU of GPU.0, cuda of cuda:0
    virtual = device.split(":")[0] in RUNTIMES[name].virtual_devices
    if not virtual and device not in known and device not in kinds:
        raise ValueError(
            f"--device {device}: {name} has no such device here; it has auto, {', '.join(known)}"
        )
