"""Pictures in, pictures out."""

from .bit_depth import BitsInUse, bits_of
from .given import Given, as_image, read_photo
from .images import (
    IMAGE_SUFFIXES,
    MAX_PIXELS,
    BadImage,
    Picture,
    as_picture,
    check_image,
    check_size,
    decode_image,
    decode_picture,
    read_image,
    try_image,
    write_image,
)
from .picture_files import PictureFiles, checked_name
from .sources import Source, VideoFrame, is_live

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "BadImage",
    "BitsInUse",
    "Given",
    "Picture",
    "PictureFiles",
    "Source",
    "VideoFrame",
    "as_image",
    "as_picture",
    "bits_of",
    "check_image",
    "check_size",
    "checked_name",
    "decode_image",
    "decode_picture",
    "is_live",
    "read_image",
    "read_photo",
    "try_image",
    "write_image",
]
