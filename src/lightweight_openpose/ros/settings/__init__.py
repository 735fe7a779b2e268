"""Parameters of nodes: default, range, unit and meaning of each, without ROS."""
