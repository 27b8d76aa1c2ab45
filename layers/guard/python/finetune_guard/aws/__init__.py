"""One AWS service per file; foreign errors are translated here. Imports neither pydantic nor numpy."""
