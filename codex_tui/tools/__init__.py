"""The tools a model may call: one tool, one file, its prompt text beside its code."""
