"""Whether a deployed stack can do its work: facts in, one check for each question out."""
