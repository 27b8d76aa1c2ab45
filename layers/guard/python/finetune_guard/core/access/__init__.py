"""What is judged of places, roles and files before a run: facts in, problems out."""
