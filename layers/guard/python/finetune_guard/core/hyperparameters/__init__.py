"""What Bedrock's bases accept, which values make sense, and which to suggest."""
