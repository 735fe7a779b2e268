"""Recorded bags: images out of them, poses into them."""
