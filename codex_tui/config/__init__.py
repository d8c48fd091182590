"""Settings, keys, places and small memories of the user; the only reader of the environment."""
