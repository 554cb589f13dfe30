"""One module for each way out: `send` makes one attempt and says what came of it. None of them knows the database."""

from collections.abc import Callable

from notifications.channels import hosted, http, mail, mattermost, ntfy, teams, webhook
from notifications.models import Kind
from notifications.outcome import Claimed, Outcome

SENDERS: dict[str, Callable[[Claimed], Outcome]] = {
    Kind.WEBHOOK: webhook.send,
    Kind.MAIL: mail.send,
    Kind.SLACK: hosted.send,
    Kind.DISCORD: hosted.send,
    Kind.TELEGRAM: hosted.send,
    Kind.TEAMS: teams.send,
    Kind.MATTERMOST: mattermost.send,
    Kind.NTFY: ntfy.send,
    Kind.HTTP: http.send,
}


def send(claimed: Claimed) -> Outcome:
    return SENDERS[claimed.kind](claimed)
