"""The web front: Django on threads, behind an event loop that alone holds what lasts."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from core.lanes import Lane
from core.wsgi_bridge import WSGIBridge
from core.wsgi_call import Answer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_app = get_wsgi_application()

# A thread for each of its paths, and patience for a first answer that takes as long as core.health waits.
ready: Lane[Answer] = Lane("ready", threads=3, patience=2.0)
application = WSGIBridge(
    django_app,
    lane=Lane("web", threads=settings.WEB_THREADS),
    own_lanes={
        "/health": Lane("health", threads=1),
        "/metrics": Lane("metrics", threads=1, patience=2.0),
        "/ready": ready,
        "/ready/core": ready,
        "/ready/worker": ready,
    },
    longest_body=settings.MAX_BODY_BYTES,
    group=import_string(settings.WEB_GROUP) if settings.WEB_GROUP else None,
)
