"""The Anthropic Messages wire: Claude, and servers that speak its language."""
