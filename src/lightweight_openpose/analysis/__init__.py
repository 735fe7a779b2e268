"""What was seen, judged and drawn afterwards: accuracy, joints, tracks, histories."""
