"""The embedded AWS: a local engine, our Bedrock stand-in, an inbox and the demo (docs: local/README.md)."""
