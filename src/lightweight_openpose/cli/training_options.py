"""Options that the subcommands which train share."""

from __future__ import annotations


def add_config_arguments(parser, default: str, example: str, overriding: dict) -> None:
    """--config, --set, and an option for each field in overriding (name -> what it is)."""
    parser.add_argument("--config", help=f"YAML; default: {default}")
    for name, what in overriding.items():
        parser.add_argument(f"--{name}", help=f"{what} (overrides the configuration)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=f"change a field of the configuration, such as {example}",
    )


def add_teacher_arguments(parser, config: str, example: str) -> None:
    """Images, backend and configuration of the commands that learn from a teacher."""
    parser.add_argument(
        "--images", nargs="+", required=True, help="folders and tar files of images, and bags"
    )
    parser.add_argument(
        "--backend", default="auto", help="that runs the teacher (default %(default)s)"
    )
    output = {"output": "folder of the checkpoints and logs"}
    add_config_arguments(parser, f"config/{config} of the package", example, output)


def teacher_config(arguments, config: str):
    """TrainConfig of add_teacher_arguments. Raises BadConfig or ValueError."""
    from lightweight_openpose.files import share_dir
    from lightweight_openpose.training.config import read_config

    path = arguments.config or str(share_dir() / "config" / config)
    return read_config(path, changes(arguments, ("output",)))


def changes(arguments, options) -> dict:
    """Fields that --set and the options of these names change. Raises ValueError."""
    from lightweight_openpose.files import parse_yaml

    result = {}
    for text in arguments.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text}: expected FIELD=VALUE")
        try:
            result[name] = parse_yaml(value)
        except ValueError as error:
            raise ValueError(f"--set {text}: {error}") from None
    for name in options:
        if getattr(arguments, name):
            result[name] = getattr(arguments, name)
    return result
