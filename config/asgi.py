"""The web front: what the event loop answers itself, and Django on threads for all the rest."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core.lanes import Lane
from core.wsgi_bridge import ASGIApp, Receive, Send, WSGIBridge
from core.wsgi_call import Answer, Scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A thread for each of its paths, and patience for a first answer that takes as long as core.health waits.
ready: Lane[Answer] = Lane("ready", threads=3, patience=2.0)
bridge = WSGIBridge(
    get_wsgi_application(),
    lane=Lane("web", threads=settings.WEB_THREADS),
    own_lanes={
        "/health": Lane("health", threads=1),
        "/ready": ready,
        "/ready/core": ready,
        "/ready/worker": ready,
    },
    longest_body=settings.MAX_BODY_BYTES,
)
ON_THE_LOOP: dict[str, ASGIApp] = {}  # path -> application; a path that stands here never reaches Django


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await ON_THE_LOOP.get(scope.get("path", ""), bridge)(scope, receive, send)
