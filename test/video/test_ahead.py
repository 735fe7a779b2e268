"""Items that are made, and worked on, before they are asked for."""

import threading
import time

import pytest

from lightweight_openpose.video.ahead import ahead, mapped


class Made:
    """Counts what was made of 0, 1, 2, ...; fails at a number."""

    def __init__(self, count=10, fails=None):
        self.made, self._count, self._fails = 0, count, fails

    def __iter__(self):
        for number in range(self._count):
            if number == self._fails:
                raise OSError("the disk is gone")
            self.made += 1
            yield number


def waits_for(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def taken(items):
    """The items, and what ended them."""
    found = []
    try:
        found.extend(items)
    except OSError as error:
        return found, str(error)
    return found, None


@pytest.mark.parametrize("count", [1, 2, 20])
def test_all_come_in_order(count):
    assert list(ahead(Made(), count)) == list(range(10))
    assert list(ahead([], count)) == []


def test_so_many_are_made_before_they_are_asked_for_and_no_more():
    source = Made()
    items = ahead(source, 3)
    assert next(items) == 0
    assert waits_for(lambda: source.made == 4)
    time.sleep(0.05)
    assert source.made == 4
    items.close()


@pytest.mark.parametrize("fails", [0, 4])
def test_an_error_comes_after_what_was_made_before_it(fails):
    error = "the disk is gone"
    assert taken(_before(ahead(Made(fails=fails), 3))) == (list(range(fails)), error)
    squares = [(i, i * i) for i in range(fails)]
    assert taken(_before(mapped(lambda i: i * i, Made(fails=fails), 3, 2))) == (squares, error)


def _before(items):
    yield from items


def test_who_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    for items in (ahead(Made()), mapped(str, ahead(Made()), 2, 2)):
        next(items)
        items.close()
    assert waits_for(lambda: threading.active_count() == before)


@pytest.mark.parametrize("count, workers", [(0, 1), (1, 1), (3, 2), (20, 4)])
def test_answers_come_in_order_whoever_is_first(count, workers):
    def slow(number):
        time.sleep(0.01 * (number % 3))
        return -number

    answers = list(mapped(slow, range(10), count, workers))
    assert answers == [(i, -i) for i in range(10)]


def test_two_are_worked_on_while_one_is_used():
    together = threading.Barrier(2, timeout=20)

    def meet(_):
        together.wait()

    assert [i for i, _ in mapped(meet, range(4), 2, 2)] == [0, 1, 2, 3]


def test_with_0_each_is_answered_before_the_next_is_made():
    source = Made()
    for number, made in mapped(lambda _: source.made, source, 0):
        assert (made, source.made) == (number + 1, number + 1)


def test_an_error_of_the_work_comes_in_its_place():
    def work(number):
        if number == 2:
            raise OSError("no memory")
        return number

    assert taken(mapped(work, range(10), 3, 2)) == ([(0, 0), (1, 1)], "no memory")
