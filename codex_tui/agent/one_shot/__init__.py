"""Models that make no tool calls: one file shown, one answer or change."""
