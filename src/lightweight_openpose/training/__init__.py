"""Train, validate and distill networks; needs PyTorch."""
