"""Settings take the names that their fields had before, and say so once."""

import dataclasses
import warnings

import pytest

from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.poses import renamed

OLD = "continued_threshold"


@pytest.fixture(autouse=True)
def nothing_reported(monkeypatch):
    monkeypatch.setattr(renamed, "_reported", set())


def test_an_old_keyword_sets_the_field_of_today():
    with pytest.warns(FutureWarning, match="continued_threshold is now low_keypoint_threshold"):
        config = DecoderConfig(**{OLD: 0.02}, limb_support=0.5)
    assert config == DecoderConfig(low_keypoint_threshold=0.02, limb_support=0.5)


def test_an_old_attribute_reads_the_field_of_today_and_a_copy_takes_it():
    with pytest.warns(FutureWarning):
        assert getattr(DecoderConfig(low_keypoint_threshold=0.03), OLD) == 0.03
    config = dataclasses.replace(DecoderConfig(), **{OLD: 0.02})
    assert config.low_keypoint_threshold == 0.02


def test_it_is_said_once():
    with pytest.warns(FutureWarning):
        DecoderConfig(**{OLD: 0.02})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DecoderConfig(**{OLD: 0.03}).low_keypoint_threshold == 0.03


def test_names_that_never_were_are_refused():
    with pytest.raises(TypeError, match="threshhold"):
        DecoderConfig(keypoint_threshhold=0.1)


def test_an_old_name_is_no_field_and_stands_for_one():
    names = {field.name for field in dataclasses.fields(DecoderConfig)}
    assert set(DecoderConfig.old_names.values()) <= names - set(DecoderConfig.old_names)
