"""A network that does not fit into the memory of its device."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.backends.torch_backend import TorchBackend


class TooLarge(torch.nn.Module):
    """Fails as CUDA does, for inputs wider than 64 px."""

    def forward(self, x):
        if x.shape[3] > 64:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\n...")
        return [(x[:, :1], x[:, :2])]


def test_a_device_without_enough_memory_says_what_to_lower_and_goes_on():
    backend = TorchBackend(TooLarge(), "cpu")
    with pytest.raises(BackendError, match="cpu .* 128x96 px.* lower the input height") as error:
        backend(np.zeros((1, 3, 96, 128), np.float32))
    assert "\n" not in str(error.value)
    assert backend(np.zeros((1, 3, 64, 64), np.float32))[0].shape == (1, 1, 64, 64)
