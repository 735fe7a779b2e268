"""What a pose estimator is made of, for nodes, commands and Python alike."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.backends import PRECISIONS, runtime_names
from lightweight_openpose.settings import one_of, ranged, setting, yes_or_name

MIN_INPUT_HEIGHT, MAX_INPUT_HEIGHT = 32, 2048  # px; heights of the network's input


@dataclass(frozen=True)
class EstimatorSettings:
    """The networks, what runs them, and how much they look at."""

    model: str = setting(
        "default", "name (`pose models list` shows them) or path of a .xml, .onnx or .pth file"
    )
    skeleton: str = setting(
        "auto", "name or YAML file; auto: what models.yaml or the model file says"
    )
    backend: str = setting(
        "auto",
        f"runtime (doc/runtimes.md): {', '.join(runtime_names())}",
    )
    device: str = setting(
        "auto",
        "auto, cpu, or what `pose check` lists for the runtime: cuda or cuda:0 (torch), CPU or GPU "
        "(openvino), name of a provider (onnxruntime)",
    )
    precision: str = one_of(
        "auto",
        PRECISIONS,
        "precision of the network (doc/runtimes.md#precision); auto: bf16 where the processor has it "
        "and the model was measured in it, else what is usual on the device",
    )
    threads: int = ranged(0, 0, 256, "threads of the network; 0: all cores")
    input_height: int = ranged(
        256,
        MIN_INPUT_HEIGHT,
        MAX_INPUT_HEIGHT,
        "height of the network's input; a higher one sees smaller people and costs more",
        unit="px",
    )
    hands: str = yes_or_name(
        "",
        "network that finds 21 joints of each hand (doc/hands.md); true: the package's own-hand; else "
        'name or path, such as mediapipe-hand; "": hands are not looked for',
    )
    max_hands: int = ranged(
        4, 1, 100, "hands looked at in an image, the largest first; the others take turns"
    )
    face: str = yes_or_name(
        "auto",
        "network that finds 32 landmarks of each face (doc/heads.md); auto: the package's own-face; "
        "off: none; else name or path",
    )
    max_faces: int = ranged(
        4, 1, 100, "faces looked at in an image, fewer where time is short; people take turns"
    )
