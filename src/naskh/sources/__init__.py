"""Reading articles from JSON lines, text files, folders and standard input."""

from naskh.sources.jsonlines import Given
from naskh.sources.reader import Reader
from naskh.sources.rejection import Rejection

__all__ = ["Given", "Reader", "Rejection"]
