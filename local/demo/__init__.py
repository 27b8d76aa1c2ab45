"""Five stories through the deployed stack on the local machine: `make demo`."""
