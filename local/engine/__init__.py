"""Starts, deploys to and ends the local machine: engine, stand-in, ticker."""
