"""Hostile input, a million of it: nothing breaks, and compiled code agrees with its readable reference.

``make fuzz`` runs long, `tests/test_fuzz.py` a little. A case holds all that its check needs, so that one that
fails is written to a file and can be run again from it.
"""
