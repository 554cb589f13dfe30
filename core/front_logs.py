"""Lets gunicorn's own lines go where all others go, in master and workers alike."""

import logging.config
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types


class FrontLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Not gunicorn's logconfig_dict: that switches its access log on, which costs time on every request."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logging.config.dictConfig(settings.LOGGING)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
