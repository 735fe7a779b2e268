import pytest

from lightweight_openpose.tracking.per_track import PerTrack


def test_an_id_keeps_its_thing_until_it_is_out_of_sight_too_long():
    memory = PerTrack(list, forget=2.0)
    memory.at(10.0)
    memory[1].append("a")
    memory[2].append("b")
    memory.at(11.5)
    assert memory[1] == ["a"]
    memory.at(12.5)
    assert memory.get(2) is None and memory.get(1) == ["a"] and len(memory) == 1
    assert memory[2] == []


def test_looking_is_not_seeing():
    memory = PerTrack(list, forget=1.0)
    memory.at(0.0)
    memory[3] = ["kept"]
    memory.at(0.9)
    assert memory.get(3) == ["kept"]
    memory.at(1.1)
    assert memory.get(3) is None


def test_time_that_goes_back_empties_it():
    memory = PerTrack(list)
    memory.at(100.0)
    memory[1].append("a")
    memory.at(99.9)
    assert len(memory) == 0 and memory[1] == []


def test_an_id_before_the_first_stamp_is_refused():
    with pytest.raises(RuntimeError, match="at"):
        PerTrack(list)[1]
