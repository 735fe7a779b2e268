"""Bags on the machines of a Dask cluster."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, Type

from lightweight_openpose.files import install_command
from lightweight_openpose.ros.bags.job import BagJob, BagReport

from .bag_report import failure

if TYPE_CHECKING:
    from distributed import Client
    from tqdm import tqdm

ANSWER = 8  # s that a scheduler has to answer


def on_cluster(
    process: Callable[[BagJob], BagReport],
    jobs: Iterable[BagJob],
    scheduler: str,
    retries: int,
    make_bar: Callable[[], tqdm],
) -> Iterator[BagReport]:
    """What process(job) gives for each job, as they end; make_bar() is of the images.

    A job whose worker died is done again so often. Raises ImportError, or RuntimeError where no
    scheduler answers.
    """
    try:
        from distributed import Client
        from distributed import as_completed as completed
    except ImportError:
        raise ImportError(
            "--scheduler needs the Python package distributed: " + install_command("distributed")
        ) from None
    client = _connected(Client, scheduler)
    with client, make_bar() as bar:
        futures = {client.submit(process, job, pure=False, retries=retries): job for job in jobs}
        for future in completed(futures):
            try:
                report = future.result()
            except Exception as error:  # of this bag alone
                report = failure(futures[future], error)
            bar.update(report.images)
            yield report


def _connected(client_class: Type[Client], scheduler: str) -> Client:
    """A client within a time limit, also where something listens that says nothing."""
    made: queue.Queue = queue.Queue()

    def connect() -> None:
        client = None
        with contextlib.suppress(Exception):  # of whatever is not a scheduler
            client = client_class(scheduler, timeout=ANSWER)
        made.put(client)

    threading.Thread(target=connect, daemon=True).start()
    client = None
    with contextlib.suppress(queue.Empty):
        client = made.get(timeout=ANSWER + 2)
    if client is None:
        raise RuntimeError(f"no Dask scheduler answers at {scheduler}")
    return client
