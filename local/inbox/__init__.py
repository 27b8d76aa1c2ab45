"""The inbox of the local machine: a queue subscribed to the topics, kept as mails a person can read."""
