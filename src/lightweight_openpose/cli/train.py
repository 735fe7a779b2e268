"""Train a network on labelled images. A run with the same output folder goes on where the last one ended, however it ended.

Several GPUs or machines: torchrun --nproc_per_node=4 -m lightweight_openpose train ...
"""
from __future__ import annotations


def add_arguments(parser):
    parser.add_argument("--config", help="YAML such as config/train.yaml; default: its defaults")
    for name, what in (("labels", "file from `pose prepare`"), ("images", "folder of the images"),
                       ("output", "folder of the checkpoints and logs")):
        parser.add_argument("--" + name, help=what + " (overrides the configuration)")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE",
                        help="change a field of the configuration, such as --set batch=16 --set augmentation.size=256")
    parser.add_argument("--step", help="run only the step of this name")
    parser.add_argument("--iterations", type=int, help="stop each step after so many more")


def run(arguments) -> int:
    from lightweight_openpose.training.config import read_config
    from lightweight_openpose.training.supervised import train
    path = train(read_config(arguments.config, changes(arguments)), arguments.step, arguments.iterations)
    print(f"last checkpoint: {path}; the one with the best AP, where validation is on, is best.pth beside it")
    return 0


def changes(arguments, options=("labels", "images", "output")) -> dict:
    """Fields that the command line changes, by --set and by options of their names. Raises ValueError."""
    import yaml
    result = {}
    for text in arguments.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text}: expected FIELD=VALUE")
        result[name] = yaml.safe_load(value)
    for name in options:
        if getattr(arguments, name):
            result[name] = getattr(arguments, name)
    return result
