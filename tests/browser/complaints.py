"""What pages complain of where nobody looks: the content policy, scripts that throw, errors in the console."""

from playwright.sync_api import BrowserContext, ConsoleMessage

# Chromium's console has the violation too, in words that change; the event names the directive and the address.
TELL = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile || ""}`));
"""


class Complaints:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: set[str] = set()

    def expect(self, words: str) -> None:
        """A complaint with these words is what the test is about, such as the 404 of a page that is not there."""
        self.expected.add(words)

    def unexpected(self) -> list[str]:
        return [words for words in self.heard if not any(known in words for known in self.expected)]

    def listen_to(self, context: BrowserContext) -> None:
        context.add_init_script(TELL)
        context.on("console", self.hear)
        context.on("weberror", lambda thrown: self.heard.append(f"thrown: {thrown.error}"))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert"):
            self.heard.append(f"{message.text} ({message.location['url']})")
