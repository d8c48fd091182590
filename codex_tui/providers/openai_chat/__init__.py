"""The Chat Completions wire, as compatible servers speak it: tolerant, and able to learn."""
