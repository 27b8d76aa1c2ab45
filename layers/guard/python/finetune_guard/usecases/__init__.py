"""The steps of each user goal, in order; what is decided comes from core, what is done goes through ports."""
