"""The next frames are worked on while somebody uses this one; their order stays."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Deque, Iterable, Iterator, Tuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(items: Iterable[T], count: int = 2) -> Iterator[T]:
    """The items, which another thread makes: up to `count` (1 or more) before they are asked for.

    What making one raises is raised in its place.
    """
    end = object()
    iterator = iter(items)
    with ThreadPoolExecutor(1) as pool:
        made = deque(pool.submit(next, iterator, end) for _ in range(count))
        for item in iter(lambda: made.popleft().result(), end):
            made.append(pool.submit(next, iterator, end))
            yield item  # type: ignore[misc]


def mapped(
    function: Callable[[T], R], items: Iterable[T], count: int = 1, workers: int = 1
) -> Iterator[Tuple[T, R]]:
    """(item, function(item)) of each item, in order; the function runs in threads of its own.

    So many items are in work while the caller uses one: with 0 each one is waited for. Those in
    work come out before what making an item raises.
    """
    with ThreadPoolExecutor(workers) as pool:
        working: Deque[Tuple[T, Future]] = deque()
        source = iter(items)
        failure = None
        while failure is None:
            try:
                item = next(source)
            except Exception as error:  # StopIteration too
                failure = error
            else:
                working.append((item, pool.submit(function, item)))
            while len(working) > (count if failure is None else 0):
                done, answer = working.popleft()
                yield done, answer.result()
        if not isinstance(failure, StopIteration):
            raise failure
