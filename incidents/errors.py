"""What the incident service refuses."""

from collections.abc import Sequence

from core.errors import DomainError, NotFound


class IncidentNotFound(NotFound):
    code = "INCIDENT_NOT_FOUND"
    message = "There is no such incident."


class InvalidStatusTransition(DomainError):
    code = "INVALID_STATUS_TRANSITION"

    def __init__(self, current: str, requested: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"An incident that is {current} cannot become {requested}.",
            {
                "current_status": current,
                "requested_status": requested,
                "allowed_transitions": [str(status) for status in allowed],
            },
        )
