"""What makes the site of docs/: the hooks of mkdocs, and the figures."""
