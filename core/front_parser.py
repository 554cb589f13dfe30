"""gunicorn's parser of requests, with a short way for the heads that nearly all of them have.

Its own way looks at every byte in Python. A head that one regular expression matches from the first byte to the last
holds nothing that it would refuse or alter; any other goes its own way. Both ways end in its checks of framing.
"""

import re

from gunicorn.asgi.parser import PythonProtocol  # type: ignore[import-untyped]  # gunicorn has no types

FIELD = rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):([\t\x20-\x7e\x80-\xff]*+)\r\n"
HEAD = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[\x21-\x7e]*+) HTTP/1\.1\r\n((?:%b)*+)\r\n"
    % FIELD.replace(b"(", b"(?:")
)
FIELDS = re.compile(FIELD)


class FrontParser(PythonProtocol):  # type: ignore[misc]  # gunicorn has no types
    def feed(self, data: bytes) -> None:
        is_at_start = self._state == "request_line" and not self._buffer
        super().feed(data[self._plain_head(data) :] if is_at_start else data)

    def _plain_head(self, data: bytes) -> int:
        """How many bytes of `data` are a head that is done with: all of it, or nothing."""
        head = HEAD.match(data)
        # A head that is no longer than a line may be has no line that is too long.
        if head is None or head.end() > min(self._limit_request_line, self._limit_request_field_size):
            return 0
        fields = FIELDS.findall(head[3])
        if len(fields) > self._limit_request_fields:
            return 0
        self.method, self.path, self.http_version = head[1], head[2], (1, 1)
        self._headers_list = [(name.lower(), value.strip(b" \t")) for name, value in fields]
        self._header_count = len(fields)
        self._finalize_headers()
        return head.end()
