"""Templated HTTP: whatever a gateway for text messages or calls wants to be sent."""

from core import outbound
from notifications.channels import answers, options, template
from notifications.outcome import Claimed, Outcome, Verdict


def send(claimed: Claimed) -> Outcome:
    chosen, said = options.opened(claimed)
    try:
        made = template.filled(chosen, template.values(said))
    except template.TooLong:
        return Outcome(Verdict.REFUSED, error="Filled in, the template is longer than may be sent.")
    headers = {**options.USER_AGENT, **made.headers}
    return answers.of(lambda: outbound.request(made.method, made.url, headers=headers, content=made.body))
