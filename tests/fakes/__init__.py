"""In-memory fakes of every port, with one seam around each outgoing call (seam.py, world.py)."""
