"""Runtimes that run a network: (N, 3, H, W) float32 -> heatmaps and PAFs."""

from .choice import choose, file_for, reads
from .contract import BackendError, BadModel, reason_in, runtime_of
from .opening import create_backend
from .precision import PRECISIONS, Precision, native_bfloat16
from .runtimes import RUNTIMES, runtime_names

__all__ = [
    "PRECISIONS",
    "RUNTIMES",
    "BackendError",
    "BadModel",
    "Precision",
    "choose",
    "create_backend",
    "file_for",
    "native_bfloat16",
    "reads",
    "reason_in",
    "runtime_names",
    "runtime_of",
]
