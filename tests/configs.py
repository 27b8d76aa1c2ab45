"""Configs for tests: the least that is accepted, and the seed's own sample."""

from finetune_guard.core.config import RunConfig, examine_config
from finetune_guard.core.runs import Problem

ACCOUNT = "123456789012"
BUCKET = "guard-bucket"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/guard-bedrock"
TRAINING = f"s3://{BUCKET}/uploads/a/training.jsonl"

LEAST: dict[str, object] = {
    "job_name": "support answers, spring",
    "base_model_id": "amazon.nova-lite-v1:0:300k",
    "training_data_path": TRAINING,
    "output_data_path": f"s3://{BUCKET}/output/",
}

SEED: dict[str, object] = {
    "job_name": "my-finetune-job",
    "base_model_id": "anthropic.claude-v2",
    "training_data_path": "s3://my-bucket/training.jsonl",
    "output_data_path": "s3://my-bucket/output/",
    "hyperparameters": {
        "batchSize": "2",
        "epochCount": "3",
        "learningRate": "0.0001",
        "weightDecay": "0.01",
        "warmupSteps": "100",
        "scheduler": "cosine",
    },
    "enable_peft": True,
    "peft_method": "lora",
    "lora_rank": 8,
}


def read_config(document: object) -> RunConfig | tuple[Problem, ...]:
    """The config, or everything that keeps it from being one.

    Args:
        document: JSON text, or the object that it is.
    """
    reading = examine_config(document)
    errors = any(problem.severity == "error" for problem in reading.problems)
    return reading.problems if errors or reading.config is None else reading.config
