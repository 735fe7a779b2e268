"""Runtimes that run a network: (N, 3, H, W) float32 -> heatmaps and PAFs."""
