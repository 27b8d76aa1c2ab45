"""Finetune Guard: rehearse, run and watch fine-tuning on Amazon Bedrock."""

__version__ = "0.1.0"
