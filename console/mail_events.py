"""Where the provider that sends the mails reports what became of them, once ANYMAIL_WEBHOOK_SECRET is set."""

import importlib
import inspect
from typing import Any

from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from core.errors import NotFound
from core.exception_handler import respond
from notifications import bounces

LONGEST_ANSWER = 4_096


class Told:
    """In the place of Django's signal, which anymail's views send each event to."""

    @staticmethod
    def send(sender: Any, event: Any, esp_name: str) -> None:
        reason = event.reject_reason or event.description or "no reason was given"
        bounces.note(
            event.metadata or {},
            event.event_type,
            reason=reason,
            answer=(event.mta_response or event.description or "").replace("\0", " ")[:LONGEST_ANSWER],
        )


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponseBase:
    """No CSRF token, since no browser comes here: user and password of ANYMAIL_WEBHOOK_SECRET are the proof."""
    view = view_of(settings.EMAIL_BACKEND) if settings.ANYMAIL.get("WEBHOOK_SECRET") else None
    return view(request) if view else respond(request, NotFound())


def view_of(backend: str) -> Any:
    """Anymail's, of the provider that sends the mails."""
    if not backend.startswith("anymail.backends."):
        return None
    try:
        module = importlib.import_module(f"anymail.webhooks.{backend.split('.')[2]}")
    except ModuleNotFoundError:
        return None
    for name, found in inspect.getmembers(module, inspect.isclass):
        is_own = found.__module__ == module.__name__ and issubclass(found, AnymailCoreWebhookView)
        if is_own and name.endswith(("TrackingWebhookView", "CombinedWebhookView")):
            ours: Any = type(name, (found,), {"signal": Told})
            return ours.as_view()
    return None
