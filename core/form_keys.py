"""The one-time key that each form of a page carries: sent twice, by a double tap or a reload, a form acts once.

The same mechanism as an Idempotency-Key of the API, in the same table; what is stored is where the page went next.
"""

import uuid
from collections.abc import Callable

import orjson
from django.db import transaction
from django.http import HttpRequest

from core import idempotency, key_claims
from core.errors import Invalid
from core.key_claims import Claim, KeyConflict

FIELD = "idempotency_key"


class AlreadySent(KeyConflict):
    message = "You have sent this form already, with other content. Send it again if you mean both."


def new() -> str:
    """For the hidden field of a form that is shown for the first time."""
    return str(uuid.uuid4())


def run_once(request: HttpRequest, act: Callable[[], str]) -> str:
    """Do what the form asks for, in one transaction with its key; return the address to go to.

    Whoever comes second with the same form gets the same address. Raises AlreadySent when the key came with other
    content before, KeyInUse when the first still runs, and whatever `act` raises, which leaves the key free.
    """
    key = request.POST.get(FIELD, "")
    if not idempotency.WELL_FORMED.fullmatch(key):
        raise Invalid.field("non_field_errors", "This form has no valid key. Reload the page and try again.")
    claim = Claim(str(request.user.pk), key, fingerprint_of(request))
    with transaction.atomic():
        claimed = key_claims.take(claim)
        if claimed is not None:
            location = act()
            key_claims.store(claimed, "", location)
            return location
        stored = key_claims.find(claim)
    return key_claims.checked(stored, claim, AlreadySent)[2]


def fingerprint_of(request: HttpRequest) -> str:
    """Over what was typed: the CSRF token of a form is another one each time that its page is made."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    parts = [(request.method or "").encode(), request.get_full_path().encode(), orjson.dumps(fields)]
    return idempotency.digest(parts)
