"""What becomes of a tool call: judged, asked about, run, and told to the model."""
