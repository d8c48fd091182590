"""Full screens: the main one, and what may cover it."""
