"""One file for each function: parse, call one use case, return. They never import each other."""
