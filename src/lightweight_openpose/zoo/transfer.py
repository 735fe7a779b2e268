"""One connection that brings a file, or the rest of one, and what may go wrong with it."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, Optional

from .catalogue import ModelFile

TIMEOUT = 30.0  # s without a byte
LARGEST = 4 << 30  # bytes of a file whose size is not known
_NETWORK = (OSError, http.client.HTTPException)
_BLOCK = 1 << 16  # bytes


class CannotFetch(RuntimeError):
    """What comes is not the file; the message says why."""


class Interrupted(CannotFetch):
    """The connection failed; what came before is the beginning of the file."""


# Called with the name of the file, the bytes so far, and all of them or None, as bytes arrive.
Progress = Callable[[str, int, Optional[int]], object]


def transfer(item: ModelFile, partial: Path, progress: Progress) -> None:
    """Bring item.url into a partial file, from where that ends if the hash is known.

    progress: see fetch. Raises CannotFetch or Interrupted, OSError where the file cannot be
    written.
    """
    done = partial.stat().st_size if partial.exists() and item.sha256 else 0
    response = _open(item, done)
    if response is None:  # nothing is left to bring
        return
    if done and response.status == 206 and not _begins_at(response, done):
        response.close()
        done, response = 0, _open(item, 0)
    with response:
        if response.status == 206 and not done:
            raise CannotFetch("the server sends a part of it (206), though all was asked for")
        done = done if response.status == 206 else 0
        total = _total(response, item, done)
        with open(str(partial), "ab" if done else "wb") as stream:
            for block in _blocks(response):
                done += len(block)
                if done > (total or item.size or LARGEST):
                    raise CannotFetch(
                        f"it does not end after {total or item.size or LARGEST} bytes"
                    )
                append(stream, block)
                progress(item.name, done, total)
    if total is not None and done < total:
        raise Interrupted(f"the connection ended after {done} of {total} bytes")


def append(stream: BinaryIO, block: bytes) -> None:
    """Write what came to the partial file."""
    stream.write(block)


def _open(item: ModelFile, start: int) -> Any:
    """The answer to a request for the bytes from `start`; None where there are no more."""
    assert item.url is not None  # who calls has looked
    try:
        # models.yaml has the addresses.
        headers = {"Range": f"bytes={start}-"} if start else {}
        request = urllib.request.Request(item.url, headers=headers)  # noqa: S310
        response = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if start and error.code == 416:  # range not satisfiable: all bytes are here already
            return None
        reason = " ".join(str(error.reason).split())
        raise CannotFetch(f"the server says {error.code} {reason}") from None
    except _NETWORK as error:
        raise Interrupted(str(error) or type(error).__name__) from None
    except ValueError as error:
        raise CannotFetch(str(error)) from None
    if item.sha256 is None and _downgraded(item.url, response.geturl()):
        response.close()
        raise CannotFetch(f"it leads to {response.geturl()}, which is not encrypted")
    return response


def _downgraded(asked: str, got: str) -> bool:
    """From HTTPS to what anybody on the way may change."""
    return asked.startswith("https:") and not got.startswith("https:")


def _begins_at(response: Any, start: int) -> bool:
    """Whether an answer is the part that was asked for; without a word it is taken for that."""
    given = response.headers.get("Content-Range")
    return given is None or re.match(rf"bytes {start}-", given) is not None


def _total(response: Any, item: ModelFile, done: int) -> Optional[int]:
    """Bytes that the file will have; None where its hash will have to tell. Raises CannotFetch."""
    if response.headers.get_content_type() == "text/html":
        raise CannotFetch("a web page comes instead, the network may want you to log in")
    length = response.headers.get("Content-Length")
    if length is None:
        if item.sha256 is None and not response.chunked:
            raise CannotFetch("the server does not say how long it is, and its hash is not known")
        return None
    if not re.fullmatch(r"\d{1,18}", length.strip()):
        raise CannotFetch(f"the server says that it has '{length[:40]}' bytes")
    total = done + int(length)
    if item.size is not None and total != item.size:
        raise CannotFetch(f"the server has {total} bytes of it, expected {item.size}")
    if total > LARGEST:
        raise CannotFetch(f"the server has {total} bytes of it, at most {LARGEST} are taken")
    return total


def _blocks(response: Any) -> Iterator[bytes]:
    """What comes, until the connection ends. Raises Interrupted."""
    while True:
        try:
            block = response.read1(_BLOCK)
        except http.client.IncompleteRead as error:
            yield error.partial
            raise Interrupted("the connection ended before the file did") from None
        except (*_NETWORK, ValueError) as error:
            raise Interrupted(str(error) or type(error).__name__) from None
        if not block:
            return
        yield block
