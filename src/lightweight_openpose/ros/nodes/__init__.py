"""One file per node, and what belongs to that node alone."""
