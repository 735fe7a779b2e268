"""Options that the subcommands which train share."""

from __future__ import annotations

import argparse
from typing import Any, Dict, Iterable

from lightweight_openpose.estimation import EstimatorSettings
from lightweight_openpose.settings import parameter
from lightweight_openpose.training.config import TrainConfig, read_config

from .options import add_setting


def add_config_arguments(
    parser: argparse.ArgumentParser, default: str, example: str, overriding: Iterable[str] = ()
) -> None:
    """--config, --set, and an option for each field of TrainConfig that is named in overriding."""
    parser.add_argument("--config", help=f"YAML; default: {default}")
    for name in overriding:
        doc = parameter(TrainConfig, name).metadata["doc"]
        add_setting(
            parser, TrainConfig, name, default=None, help=f"{doc} (overrides the configuration)"
        )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=f"change a field of the configuration, such as {example}",
    )


def add_teacher_arguments(parser: argparse.ArgumentParser, config: str, example: str) -> None:
    """Images, backend and configuration of the commands that learn from a teacher."""
    parser.add_argument(
        "--images", nargs="+", required=True, help="folders and tar files of images, and bags"
    )
    add_setting(
        parser, EstimatorSettings, "backend", help="runtime that computes the teacher's maps"
    )
    add_config_arguments(parser, f"config/{config} of the package", example, ["output"])


def teacher_config(arguments: argparse.Namespace, config: str) -> TrainConfig:
    """TrainConfig of add_teacher_arguments. Raises BadConfig or ValueError."""
    from lightweight_openpose.files import share_dir

    path = arguments.config or str(share_dir() / "config" / config)
    return read_config(path, changes(arguments, ("output",)))


def changes(arguments: argparse.Namespace, options: Iterable[str]) -> Dict[str, Any]:
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
