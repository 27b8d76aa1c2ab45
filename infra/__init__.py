"""The AWS stack: what is deployed, who may do what, and what wakes whom."""
