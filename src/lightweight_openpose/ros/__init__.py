"""The only importers of ROS: messages to and from the core, what nodes share, bags, nodes."""
