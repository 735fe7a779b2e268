"""What the campaign of faults is made of: processes, a camera, an accountant and harms."""
