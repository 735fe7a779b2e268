"""In which precision a network computes."""

from __future__ import annotations

from pathlib import Path
from typing import Collection, Dict, List, NamedTuple

from .contract import BackendError
from .runtimes import RUNTIMES

PRECISIONS = ("auto", "f32", "bf16", "f16")
AS_MADE = "as made"  # the file, or a device's own choice, decides
_CPU_FLAGS = {"avx512_bf16", "amx_bf16"}
_CPU_INFO = Path("/proc/cpuinfo")


class NoPrecision(BackendError):
    """What runs the network does not compute in the precision that was asked for by name."""


class Precision(NamedTuple):
    """What is asked for."""

    asked: str = "auto"  # of PRECISIONS
    measured: bool = False  # the network finds as much in bf16 as in f32

    def chosen(self, able: Collection[str], own: str, what: str, remedy: str = "") -> str:
        """The precision to compute in. Raises NoPrecision.

        able: those that may be asked for by name; own: taken without bf16. For messages: what
        computes, and the remedy other than "auto". "auto" is bf16 in the place of f32 for a
        network that was measured, where the processor multiplies bf16 itself.
        """
        if self.asked == "auto":
            wanted = self.measured and own == "f32" and "bf16" in able
            return "bf16" if wanted and native_bfloat16() else own
        if self.asked in able:
            return self.asked
        known = " or ".join(able) or "the precision that its file was made for"
        raise NoPrecision(
            f"{what} computes in {known}, not in {self.asked}: take precision auto; "
            f"{remedy or _where(self.asked)}"
        )


def _where(precision: str) -> str:
    """Which runtimes compute in a precision, and on what."""
    places: Dict[str, List[str]] = {}
    for runtime in RUNTIMES.values():
        if precision in runtime.computes:
            places.setdefault(runtime.computes[precision], []).append(runtime.name)
    (place, names), *rest = places.items()
    verb = "compute" if names[1:] else "computes"
    said = [f"{_joined(names)} {verb} in {precision} {place}"]
    return ", ".join(said + [f"{_joined(names)} {place}" for place, names in rest])


def _joined(names: List[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def native_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; False where it does not say.

    OpenVINO and oneDNN take bf16 on any processor with AVX-512 and emulate it, slower than f32.
    """
    try:
        text = _CPU_INFO.read_text(errors="replace")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return not _CPU_FLAGS.isdisjoint(flags.split())
