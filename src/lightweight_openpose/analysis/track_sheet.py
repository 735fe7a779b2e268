"""One row of small pictures per id, so that one look shows whether an id stayed with its person."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import cv2
import numpy as np

from lightweight_openpose.display.labels import WHITE, put_text
from lightweight_openpose.video import Source, write_image

from .track_events import Sighting

WIDTH = 44  # [px] of a small picture
HEIGHT = 88  # [px] of a small picture
COLUMNS = 60  # small pictures of an id over the clip, at most
LABEL = 60  # [px] of the id before the row


def draw_tracks(video: str, tracks: Dict[int, List[Sighting]], path: Path) -> None:
    """Write a picture with a row per id: small pictures of it over the clip."""
    last = max(seen[-1].frame for seen in tracks.values())
    step = max(1, -(-(last + 1) // COLUMNS))
    canvas = np.full((HEIGHT * len(tracks), LABEL + WIDTH * (last // step + 1), 3), 40, np.uint8)
    chosen: Dict[int, list] = {}
    for row, track_id in enumerate(sorted(tracks)):
        put_text(canvas, str(track_id), (5, HEIGHT * row + HEIGHT // 2), 0.8, WHITE)
        slots = {s.frame // step: s for s in reversed(tracks[track_id])}
        for column, sighting in slots.items():
            chosen.setdefault(sighting.frame, []).append((row, column, sighting))
    for number, frame in enumerate(Source(video)):
        for row, column, sighting in chosen.get(number, ()):
            x = LABEL + WIDTH * column
            y = HEIGHT * row
            canvas[y : y + HEIGHT, x : x + WIDTH] = _crop(frame.image, sighting)
        if number >= last:
            break
    write_image(path, canvas)


def _crop(image: np.ndarray, sighting: Sighting) -> np.ndarray:
    scale = HEIGHT / max(1.3 * sighting.size, 20)
    x, y = sighting.centre
    matrix = np.array(
        [[scale, 0, WIDTH / 2 - x * scale], [0, scale, HEIGHT / 2 - y * scale]], np.float32
    )
    crop = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    cv2.putText(crop, str(sighting.frame), (1, 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (0, 255, 255), 1)
    return crop
