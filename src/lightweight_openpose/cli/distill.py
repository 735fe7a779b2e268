"""Train a small network on the maps of a large one; photographs without labels are enough. Resumes as `pose train` does."""
from __future__ import annotations

from . import train as train_command


def add_arguments(parser):
    parser.add_argument("--teacher", required=True, help="name (see `pose models list`) or path of a model")
    parser.add_argument("--images", nargs="+", required=True, help="folders and tar files of images, and bags")
    parser.add_argument("--hold-back", type=float, default=0.25, metavar="SHARE", help="of each bag, at its end, on which agreement with "
                        "the teacher is measured (default %(default)s)")
    parser.add_argument("--backend", default="auto", help="that runs the teacher (default %(default)s)")
    parser.add_argument("--config", help="YAML; default: config/distill.yaml of the package")
    parser.add_argument("--output", help="folder of the checkpoints and logs (overrides the configuration)")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the "
                        "configuration, such as --set batch=16 --set architecture=student-base")
    parser.add_argument("--iterations", type=int, help="stop after so many more")


def run(arguments) -> int:
    from lightweight_openpose.files import share_dir
    from lightweight_openpose.training.config import read_config
    from lightweight_openpose.training.distillation import distil
    changes = train_command.changes(arguments, ("output",))
    config = read_config(arguments.config or str(share_dir() / "config" / "distill.yaml"), changes)
    path = distil(config, arguments.teacher, arguments.images, arguments.iterations, arguments.backend,
                  arguments.hold_back)
    print(f"last checkpoint: {path}")
    return 0
