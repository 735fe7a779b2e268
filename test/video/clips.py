"""Videos for the tests, as cameras, phones, browsers and recorders write them."""

from fractions import Fraction

import av
import numpy as np

MILLISECONDS = Fraction(1, 1000)
PLAIN = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # a display matrix that turns nothing


def quarters(size=(48, 64)):
    """Image (H, W, 3) whose quarters are 40, 100, 160 and 220, by rows."""
    height, width = size
    image = np.full((height, width, 3), 40, np.uint8)
    image[:, width // 2 :] += 60
    image[height // 2 :] += 120
    return image


def write_clip(path, stamps, container=None, codec="libx264", rate=30, image=None, **options):
    """A video whose frames have these time stamps [s], of an image or each of its own grey."""
    with av.open(str(path), "w", format=container, options=options) as target:
        stream = target.add_stream(codec, rate=rate)
        frames = [_frame(i, image) for i in range(len(stamps))]
        stream.width, stream.height = frames[0].width, frames[0].height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        by_rate = codec in ("mpeg4", "mjpeg")
        base = 1 / Fraction(rate) if by_rate else MILLISECONDS
        stream.codec_context.time_base = base
        for frame, stamp in zip(frames, stamps):
            frame.pts = round(stamp / base)
            frame.time_base = base
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def _frame(number, image):
    if image is None:
        image = np.full((48, 64, 3), 10 * number % 250, np.uint8)
    return av.VideoFrame.from_ndarray(image, format="bgr24")


def own_times(path):
    """Time stamps [s] of a video as FFmpeg reads them, since the first."""
    with av.open(str(path)) as container:
        stamps = np.array([float(f.pts * f.time_base) for f in container.decode(video=0)])
    return stamps - stamps[0]


def set_display_matrix(path, matrix):
    """Write the matrix (9 integers, in the order of the format) into an mp4."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # behind version, times, ids, layer and volume
    content[at : at + 36] = b"".join(v.to_bytes(4, "big", signed=True) for v in matrix)
    path.write_bytes(content)
