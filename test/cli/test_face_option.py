"""--face and --max-faces of the commands."""

import argparse

import pytest

from lightweight_openpose.cli.options import (
    add_decoding_arguments,
    add_estimator_arguments,
    add_face_arguments,
    estimator_options,
)


@pytest.mark.parametrize(
    "given, heads, face",
    [
        ([], False, None),
        ([], True, "auto"),
        (["--face", "off"], True, None),
        (["--face", "auto"], False, "auto"),
        (["--face", "mine.xml"], True, "mine.xml"),
    ],
)
def test_faces_are_looked_for_where_heads_are_wanted_or_they_are_asked_for(given, heads, face):
    parser = argparse.ArgumentParser()
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    add_face_arguments(parser)
    arguments = parser.parse_args(given)
    arguments.heads = heads
    options = estimator_options(arguments)
    assert options.get("face") == face
    assert ("max_faces" in options) == (face is not None)


@pytest.mark.parametrize("count", ["0", "101", "many"])
def test_a_number_of_faces_that_cannot_be_is_refused(count, capsys):
    parser = argparse.ArgumentParser()
    add_face_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--max-faces", count])
    assert "--max-faces" in capsys.readouterr().err
