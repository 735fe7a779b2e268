"""What several nodes share of ROS."""
