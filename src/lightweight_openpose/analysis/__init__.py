"""Evaluates and plots recorded results: accuracy, joints, tracks, histories."""
