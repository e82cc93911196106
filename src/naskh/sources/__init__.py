"""Reading articles from JSON lines, tables, text files, web archives, folders, patterns and standard input."""

from naskh.sources.jsonlines import Given
from naskh.sources.reader import Reader
from naskh.sources.rejection import Rejection

__all__ = ["Given", "Reader", "Rejection"]
