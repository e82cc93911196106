"""Hostile input, a million of it: whatever is read, nothing breaks, and what is compiled agrees with what is readable.

``make fuzz`` runs long, `tests/test_fuzz.py` a little. A case holds all that its check needs, so that one that fails
is written to a file and can be run again from it.
"""
