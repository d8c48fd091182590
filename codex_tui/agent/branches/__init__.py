"""A turn that was run again: both ways are kept."""
