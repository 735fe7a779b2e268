"""People in the messages of other packages: one file per output, which has its name.

Joints are matched by name, never by index: others number them otherwise.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import List

from .output import Output


def outputs() -> List[str]:
    """Names of all outputs, without importing them."""
    return sorted(module.name for module in iter_modules(__path__) if module.name != "output")


def find_output(name: str) -> Output:
    """The output of one of these names. Raises ValueError for another one."""
    if name not in outputs():
        raise ValueError(f"there is no output {name}; known: {', '.join(outputs())}")
    found: Output = import_module(f"{__name__}.{name}").OUTPUT
    return found
