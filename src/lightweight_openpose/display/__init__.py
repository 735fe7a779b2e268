"""People for eyes: drawings on images and a page in the browser."""
