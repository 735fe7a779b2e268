"""Make a trained network smaller while it keeps working; photographs without labels are enough. Resumes as `pose train` does."""
from __future__ import annotations

from . import train as train_command


def add_arguments(parser):
    parser.add_argument("model", help="checkpoint (.pth), or the name of a model that is one")
    parser.add_argument("--images", nargs="+", required=True, help="folders and tar files of images, and bags")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--target", type=float, help="size to reach [10^9 multiplications at 256x456]")
    size.add_argument("--speed", type=float, help="or: by how many times fewer multiplications")
    parser.add_argument("--teacher", default="", help="name or path of the model whose maps are learned (default: MODEL itself)")
    parser.add_argument("--backend", default="auto", help="that runs the teacher (default %(default)s)")
    parser.add_argument("--config", help="YAML; default: config/prune.yaml of the package")
    parser.add_argument("--output", help="folder of the checkpoints and logs (overrides the configuration)")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the "
                        "configuration, such as --set batch=16")


def run(arguments) -> int:
    from lightweight_openpose.files import share_dir
    from lightweight_openpose.training.config import read_config
    from lightweight_openpose.training.pruning import prune
    changes = train_command.changes(arguments, ("output",))
    config = read_config(arguments.config or str(share_dir() / "config" / "prune.yaml"), changes)
    path = prune(config, arguments.model, arguments.images, arguments.target, arguments.speed, arguments.teacher,
                 arguments.backend)
    print(f"last checkpoint: {path}")
    return 0
