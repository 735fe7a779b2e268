"""Pixels, rays and metres: cameras, heads, rigid objects and bodies."""
