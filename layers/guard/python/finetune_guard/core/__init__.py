"""Values in, values out: what is judged and decided, free of AWS, clock and environment."""
