"""Django's SMTP with an end: a server may stretch the EMAIL_TIMEOUT of each step byte by byte, but not all of it."""

import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

TOTAL_SECONDS = 45.0  # less than the lease of a delivery


class EmailBackend(smtp.EmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        timer = threading.Timer(TOTAL_SECONDS, self.hang_up)
        timer.daemon = True
        timer.start()
        try:
            return super().send_messages(email_messages)
        finally:
            timer.cancel()

    @property
    def connection_class(self) -> Any:
        """The one that is being made is known from its socket on, before it has greeted."""
        parent: Any = super().connection_class
        backend = self

        class Connection(parent):  # type: ignore[misc]  # chosen at run time
            def _get_socket(self, *args: Any) -> socket.socket:
                backend.making = self
                found: socket.socket = super()._get_socket(*args)
                return found

        return Connection

    making: Any = None

    def hang_up(self) -> None:
        """Whoever waits for it is told that the server has gone."""
        with contextlib.suppress(OSError, AttributeError):
            self.making.sock.shutdown(socket.SHUT_RDWR)
