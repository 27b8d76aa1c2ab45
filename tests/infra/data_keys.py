"""What S3 asks of KMS for a caller whose objects are under a key, held against what the caller may."""

from collections.abc import Iterable, Mapping

from tests.infra.deployed import Resource, many, text_of

#: Call of S3 → what the caller must be allowed on the key (S3 API reference, the page of each; HeadObject
#: asks for Decrypt only in checksum mode, which no call of ours turns on).
KEY_USES: Mapping[str, frozenset[str]] = {
    "GetObject": frozenset({"kms:Decrypt"}),
    "PutObject": frozenset({"kms:GenerateDataKey"}),
    "CreateMultipartUpload": frozenset({"kms:GenerateDataKey", "kms:Decrypt"}),
    "UploadPart": frozenset({"kms:Decrypt"}),
    "CompleteMultipartUpload": frozenset({"kms:Decrypt"}),
    "HeadObject": frozenset(),
    "HeadBucket": frozenset(),
    "ListObjectsV2": frozenset(),
    "AbortMultipartUpload": frozenset(),
}
#: The right that each of them is.
_RIGHTS: Mapping[str, str] = {
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


def needed(operations: Iterable[str], statements: list[Resource], bucket: str) -> set[str]:
    """What a caller needs on the key of a bucket of the deployer's, by what it calls and may touch there."""
    touched = {
        action
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in many(statement["Action"])
        if any(text_of(arn).startswith(f"arn:aws:s3:::{bucket}/") for arn in many(statement["Resource"]))
    }
    return {use for name in operations if _RIGHTS.get(name) in touched for use in KEY_USES[name]}


def key_faults(uses: set[str], statements: list[Resource], key: str, region: str) -> list[str]:
    """Uses that nothing allows, allowances that nothing uses, and those that are not through S3 only."""
    keyed = [s for s in statements if any(str(a).startswith("kms:") for a in many(s["Action"]))]
    may = {action for s in keyed if key in map(text_of, many(s["Resource"])) for action in many(s["Action"])}
    through = f"s3.{region}.amazonaws.com"
    loose = [s for s in keyed if _through(s) != through]
    return [
        *sorted(f"{use} on {key} is needed and not allowed" for use in uses - may),
        *sorted(f"{use} on {key} is allowed and not needed" for use in may - uses),
        *(f"{many(s['Action'])} is not bound to kms:ViaService {through}" for s in loose),
    ]


def _through(statement: Resource) -> str:
    return text_of(statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", ""))
