import cv2
import numpy as np
import pytest

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import preprocess, reduction_for
from lightweight_openpose.video.images import BadImage, decode_picture
from lightweight_openpose.zoo.model_info import InputSpec


@pytest.mark.parametrize(
    "shape", [(480, 640), (640, 480), (333, 517), (1, 1), (3, 700), (720, 1280)]
)
@pytest.mark.parametrize("spec", [InputSpec(), InputSpec(32), InputSpec(8, fixed_size=(256, 456))])
def test_any_size_keeps_the_aspect_ratio_and_fits_the_multiple(shape, spec):
    tensor, pixel_map = preprocess(np.zeros((*shape, 3), np.uint8), 256, spec)
    assert tensor.dtype == np.float32 and tensor.flags.c_contiguous
    assert tensor.shape[2] % spec.multiple == 0 and tensor.shape[3] % spec.multiple == 0
    sx, sy = pixel_map.scale
    assert abs(sx * shape[1] - sy * shape[1]) <= 1 or abs(sx * shape[0] - sy * shape[0]) <= 1
    xy = np.array([[0, 0], [shape[1] - 1, shape[0] - 1], [3.25, 1.5]])
    assert np.allclose(pixel_map.to_image(pixel_map.to_network(xy)), xy)


def test_a_white_disc_is_where_the_pixel_map_says():
    image = np.zeros((720, 1280, 3), np.uint8)
    cv2.circle(image, (900, 300), 12, (255, 255, 255), -1)
    tensor, pixel_map = preprocess(image, 256, InputSpec())
    ys, xs = np.mgrid[: tensor.shape[2], : tensor.shape[3]]
    weight = np.where(tensor[0, 0] > 0.01, tensor[0, 0], 0)
    centroid = [(xs * weight).sum() / weight.sum(), (ys * weight).sum() / weight.sum()]
    assert np.abs(pixel_map.to_network([900, 300]) - centroid).max() < 0.1


def test_normalisation_and_channel_order():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:] = (10, 20, 30)
    bgr, _ = preprocess(image, 64, InputSpec(mean=(1, 2, 3), scale=0.5))
    assert np.allclose(bgr[0, :, 5, 5], [4.5, 9, 13.5])
    rgb, _ = preprocess(image, 64, InputSpec(mean=(1, 2, 3), scale=0.5, rgb=True))
    assert np.allclose(rgb[0, :, 5, 5], [14.5, 9, 3.5])
    padded, _ = preprocess(image[:, :50], 64, InputSpec(32))
    assert np.allclose(padded[0, :, 5, -1], 0)  # grey 128 is the mean


@pytest.mark.parametrize(
    "image, words",
    [
        (None, "NoneType"),
        (np.zeros((0, 5, 3), np.uint8), "empty"),
        (np.zeros((5, 5), np.uint8), "shape"),
        (np.zeros((5, 5, 3), np.float32), "float32"),
    ],
)
def test_bad_images_are_named(image, words):
    with pytest.raises(BadImage, match=words):
        preprocess(image, 256, InputSpec())


@pytest.mark.parametrize(
    "size, times",
    [
        ((1280, 720), 2),
        ((1920, 1080), 2),
        ((640, 480), 1),
        ((4096, 3072), 4),
        ((720, 1280), 4),
        ((256, 200), 1),
        ((1024, 512), 1),
        ((1, 1), 1),
    ],
)
def test_an_image_may_become_smaller_as_long_as_it_is_a_quarter_larger_than_the_input(size, times):
    assert reduction_for(*size, 256, InputSpec()) == times


def test_a_picture_that_exif_may_turn_is_large_enough_both_ways():
    estimator = PoseEstimator(backend=None)
    assert estimator.reduction_for(1280, 720, 256) == 2
    assert estimator.reduction_for(720, 1280, 256) == 2  # 4 where it is not turned


@pytest.mark.parametrize("times", [2, 4])
def test_a_disc_in_a_smaller_image_is_where_the_pixel_map_says(times):
    image = np.zeros((1080, 1920, 3), np.uint8)
    cv2.circle(image, (1350, 450), 30, (255, 255, 255), -1)
    image = cv2.GaussianBlur(image, (0, 0), 8)
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    picture = decode_picture(data, times)
    tensor, pixel_map = preprocess(picture.image, 256, InputSpec(), picture.reduction)
    ys, xs = np.mgrid[: tensor.shape[2], : tensor.shape[3]]
    weight = np.where(tensor[0, 0] > 0.01, tensor[0, 0], 0)
    centroid = [(xs * weight).sum() / weight.sum(), (ys * weight).sum() / weight.sum()]
    assert np.abs(pixel_map.to_network([1350, 450]) - centroid).max() < 0.1
