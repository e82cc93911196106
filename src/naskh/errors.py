"""Every error that naskh raises on purpose.

* NaskhError
    * SourceError            a source that cannot be read at all
    * IndexUnusable          the index folder cannot serve the request
        * IndexMissing       there is no index at that path
        * NotAnIndex         an index cannot be made there: the path is a file, or holds other files
        * IndexCorrupt       a file is damaged, truncated, missing or foreign
        * IndexLocked        another process is writing to it
        * IndexUnwritable    the system does not let it be written: no space, no permission
        * FormatUnsupported  written by a newer version of naskh
        * SettingsMismatch   written under other settings than those asked for
    * FileUnwritable         the same of another file: an output, a temporary file
    * UnknownArticle         no article of that id is stored
    * TextNotStored          the index was built without the text of its articles
    * TextTooLong            a text is longer than a service takes
    * NotReady               what is asked for is being computed
    * CannotListen           an address that a server is to listen on is taken, or not there
    * SparkMissing           pyspark or Java is not installed, or Spark does not start
"""

from __future__ import annotations


class NaskhError(Exception):
    """The base of all errors below: catching it catches them all."""


class SourceError(NaskhError):
    """A source that cannot be read at all (a missing file, say). Single bad articles are rejections instead."""


class IndexUnusable(NaskhError):
    """The index cannot serve the request."""


class IndexMissing(IndexUnusable):
    """There is no index at the path."""


class NotAnIndex(IndexUnusable):
    """An index cannot be made at the path: it is a file, or a folder that holds other files."""


class IndexCorrupt(IndexUnusable):
    """A file of the index is damaged, truncated, missing or not naskh's."""


class IndexLocked(IndexUnusable):
    """Another process holds the index's writer lock."""


class IndexUnwritable(IndexUnusable):
    """The system does not let the index be written: no space, no permission. What was committed is as it was."""


class FormatUnsupported(IndexUnusable):
    """The index has a format that this version of naskh does not read."""


class SettingsMismatch(IndexUnusable):
    """The index was built under other settings than those asked for."""


class FileUnwritable(NaskhError):
    """The system does not let a file be written that is not of an index: an output, or a temporary one."""


class UnknownArticle(NaskhError):
    """No article with this id is stored."""


class TextNotStored(NaskhError):
    """The text is needed, but the index was built without it."""


class TextTooLong(NaskhError):
    """A text is longer than a service takes."""


class NotReady(NaskhError):
    """What is asked for is being computed; `seconds` is when to ask again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class CannotListen(NaskhError):
    """The address cannot be listened on: its port is taken, or it is not one of this machine."""


class SparkMissing(NaskhError):
    """What Spark needs is not there: the extra, or Java."""
