"""Who says so, of what several parts of pre-flight tell."""

AWS_PREPARE = "AWS, model-customization-prepare"
DERIVED = "derived by this project"
JUDGEMENT = "judgement of this project"
