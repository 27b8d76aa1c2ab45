"""Files of this machine as the same ports that S3 implements; no boto3 here."""
