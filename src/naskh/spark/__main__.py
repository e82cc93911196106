"""``python -m naskh.spark ...``, and this file for spark-submit: the same as ``naskh spark ...``."""

from __future__ import annotations

import sys

from naskh.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "spark")
    main()
