"""One message through apprise, in a process of its own: a task as JSON on stdin, what came of it as JSON on stdout.

It is given what this message needs and nothing else: no environment, no settings, no database; it imports no other
module of the service. Only the host of the task's service can be reached, whatever the task, apprise or an answer says.
"""

import importlib
import json
import signal
import sys
from typing import Any
from urllib.parse import urlsplit

import requests
from apprise.asset import AppriseAsset
from apprise.common import NotifyFormat, NotifyType, PersistentStoreMode

SECONDS = 15  # the parent kills it then; this is for a parent that has died
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
MOST_BYTES = 4096

HOSTS = {"slack": "hooks.slack.com", "discord": "discord.com", "telegram": "api.telegram.org"}
PLUGINS = {"slack": "NotifySlack", "discord": "NotifyDiscord", "telegram": "NotifyTelegram"}
# Without pictures, which services would fetch from elsewhere.
ALWAYS: dict[str, dict[str, Any]] = {
    "slack": {"use_blocks": False, "include_image": False, "include_footer": False},
    "discord": {"avatar": False, "footer": False},
    "telegram": {"include_image": False, "detect_owner": False},
}


class Refused(requests.exceptions.RequestException):
    """apprise takes it for a failure of the network."""


class Door(requests.Session):
    """In the place of each session that apprise makes: one request, to one host, and what is answered is the end."""

    host = ""
    authorities = ""
    answer: requests.Response | None = None
    error = "The message was not handed over: apprise made no request of it."

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # proxies, .netrc
        self.headers["Accept-Encoding"] = "identity"

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        to = urlsplit(request.url or "")
        if (to.scheme, to.netloc) != ("https", self.host) or Door.answer is not None:
            Door.error = "apprise asked for what is not allowed."
            raise Refused
        try:
            response = super().send(
                request,
                verify=self.authorities,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                proxies={},
            )
            response._content = next(response.iter_content(MOST_BYTES), b"")  # and no more of it
        except (requests.RequestException, OSError) as error:
            Door.error = reason(error)
            raise Refused from error
        Door.answer = response
        return response


def reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.Timeout):
        return "There was no complete answer in time."
    return "TLS: no agreement" if isinstance(error, requests.exceptions.SSLError) else ""


def tell(task: dict[str, Any]) -> bool:
    kind = task["kind"]
    Door.host, Door.authorities = HOSTS[kind], task["authorities"]
    requests.sessions.Session = Door  # type: ignore[misc]  # where requests.post() takes it from
    plugin = getattr(importlib.import_module(f"apprise.plugins.{kind}"), PLUGINS[kind])
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, http_redirects=False)
    service = plugin(**task["options"], **ALWAYS[kind], asset=asset)
    return bool(service.notify(body=task["text"], body_format=NotifyFormat.TEXT, notify_type=NotifyType(task["mood"])))


def told(is_taken: bool) -> dict[str, Any]:
    answer = Door.answer
    if answer is None:
        return {"status": None, "error": Door.error}
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {
        "status": answer.status_code,
        "is_taken": is_taken,
        "headers": {name: value for name, value in headers.items() if name == "retry-after"},
        "body": answer.content.decode(errors="replace"),
    }


def main() -> None:
    signal.alarm(SECONDS)
    is_taken = tell(json.load(sys.stdin.buffer))
    json.dump(told(is_taken), sys.stdout)


if __name__ == "__main__":
    main()
