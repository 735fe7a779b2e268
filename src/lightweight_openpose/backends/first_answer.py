"""A network that never ends is an error with a deadline, and not a program that says nothing."""

from __future__ import annotations

import concurrent.futures
import os
import sys
import threading
from typing import Any, Callable

import numpy as np

from .contract import BackendError
from .runtimes import runs_any_graph

ON_CPU = 120.0  # s for what takes seconds on the weakest of them
COMPILED = 1800.0  # s, where a device may compile the network first, such as ONNX for TensorRT
_CPU = ("cpu", "cpuexecutionprovider")


class NoAnswer(BackendError):
    """A runtime does not come to an end; its thread cannot be stopped and goes on."""


def in_time(device: str, what: str, function: Callable, *arguments: Any) -> Any:
    """function(*arguments), called in another thread. Raises what it does, or NoAnswer.

    device: that works, "auto" for one that is not known yet; what: it does, for the message.
    """
    seconds = ON_CPU if device.lower() in _CPU else COMPILED
    outcome: concurrent.futures.Future = concurrent.futures.Future()
    threading.Thread(target=_work, args=(outcome, function, arguments), daemon=True).start()
    concurrent.futures.wait([outcome], seconds)
    if not outcome.done():
        raise NoAnswer(
            f"{what} has not ended after {seconds:.0f} s: take another file, runtime (~backend, "
            "--backend) or a lower input height (~input_height, --height)"
        )
    return outcome.result()


def _work(outcome: concurrent.futures.Future, function: Callable, arguments: tuple) -> None:
    try:
        outcome.set_result(function(*arguments))
    except BaseException as error:  # it is raised where the outcome is asked for
        outcome.set_exception(error)


def leave(status: int) -> None:
    """End the process behind a NoAnswer: a runtime that works may hold up or break its usual end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class FirstAnswer:
    """Calls a backend; its first answer has to come in time."""

    def __init__(self) -> None:
        self._came = False

    def __call__(self, backend: Any, tensor: np.ndarray) -> Any:
        """Its outputs, as tensors on the device where it decodes there. Raises what it does."""
        on_device = getattr(backend, "decode_on_device", False)
        call = backend.on_device if on_device else backend
        name = getattr(backend, "name", "")
        if self._came or not runs_any_graph(name):
            return call(tensor)
        height, width = tensor.shape[2:]
        what = f"{name}, which runs {getattr(backend, 'path', 'it')} on {width}x{height} px,"
        outputs = in_time(backend.device, what, call, tensor)
        self._came = True
        return outputs
