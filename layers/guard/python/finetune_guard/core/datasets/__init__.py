"""Training and validation files: scanning, splitting and sampling, in bounded memory."""
