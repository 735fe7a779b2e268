"""Pure conversions between messages and the core."""
