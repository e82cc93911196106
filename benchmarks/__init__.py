"""Benchmarks of naskh against its datasketch peer; see README.md here."""
