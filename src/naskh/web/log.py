"""The loggers of the server. No header of a request is logged, and so no token."""

from __future__ import annotations

import logging

#: What goes wrong.
LOG = logging.getLogger("naskh.web")
#: One line a request.
ACCESS = logging.getLogger("naskh.web.access")
