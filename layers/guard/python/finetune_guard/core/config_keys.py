"""The keys of a config that name files and places."""

TRAINING, VALIDATION, OUTPUT = "training_data_path", "validation_data_path", "output_data_path"
