"""The terminal: one file a command; parse, call one use case, show, exit with a code."""
