"""Matching: candidates, exact verification, aligned passages, relations; repeated blocks in one article; pairs."""
