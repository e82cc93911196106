"""Sketches: shingle hashes, MinHash signatures, band keys and the FracMinHash of an article."""
