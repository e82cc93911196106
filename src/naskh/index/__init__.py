"""The index on disk: immutable Arrow segments and one manifest, replaced atomically."""
