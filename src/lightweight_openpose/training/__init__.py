"""Train, validate and distil networks; needs PyTorch."""
