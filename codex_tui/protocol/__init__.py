"""The vocabulary every other layer speaks: frozen values, closed unions.

This package imports nothing of ours, and nothing from a third party.
"""
