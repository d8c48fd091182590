"""Tokens, time and money: estimated, counted, capped."""
