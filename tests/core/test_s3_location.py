from finetune_guard.core.s3_location import bucket_of, key_of


def test_only_an_s3_uri_has_a_bucket() -> None:
    assert bucket_of("s3://my-bucket/a/b.jsonl") == bucket_of("s3://my-bucket") == "my-bucket"
    assert bucket_of("data/t.jsonl") == bucket_of("") == ""


def test_only_an_s3_uri_has_a_key_and_it_stays_as_it_is_written() -> None:
    assert key_of("s3://my-bucket/a/b/") == "a/b/"
    assert key_of("s3://my-bucket") == key_of("data/t.jsonl") == ""
