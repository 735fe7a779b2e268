"""People in the messages of other packages: one file per output, which has its name.

Joints are matched by name, never by index: others number them otherwise.
"""

import importlib

from lightweight_openpose.ros.settings.interop import outputs

from .output import Output


def find_output(name: str) -> Output:
    """The output of one of these names. Raises ValueError for another one."""
    if name not in outputs():
        raise ValueError(f"there is no output {name}; known: {', '.join(outputs())}")
    module = importlib.import_module(f"{__name__}.{name}")  # noqa: TID251 - a file of this folder
    found: Output = module.OUTPUT
    return found
