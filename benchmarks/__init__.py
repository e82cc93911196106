"""Benchmarks of naskh against its peers; see README.md here."""
