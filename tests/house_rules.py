"""The house's rules, each a function of one source file that yields what is wrong there."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("config", "console", "core", "users", "incidents", "notifications")

WRITES_STATUS = "incidents/lifecycle.py"
LOCKS = {
    "users/services.py",
    "users/tokens.py",
    "users/quotas.py",
    "users/links.py",
    "users/second_factors.py",
    "incidents/lifecycle.py",
    "incidents/services.py",
    "notifications/services.py",
    "notifications/queue.py",
    "notifications/mail_queue.py",
    "notifications/bounces.py",
}
# Rows that nobody waits for: whoever finds them locked goes on.
LOCKS_AND_SKIPS = {
    *("users/authentication.py", "core/expired_keys.py", "core/jobs.py"),
    *("notifications/old_deliveries.py", "incidents/search_language.py"),
}
OPENS_TRANSACTIONS = LOCKS | {
    "users/credentials.py",
    "users/lockout.py",
    "users/sessions.py",
    "users/single_sign_on.py",
    *("core/form_keys.py", "core/idempotency.py", "core/jobs.py"),
    *("incidents/analytics/tallies.py", "incidents/events.py"),
    "incidents/demo/fill.py",
    "incidents/transfer/load.py",
    "incidents/reactions.py",
    "incidents/search_language.py",
    "incidents/cache.py",  # on_commit alone, and so below
    "incidents/admin.py",
    "notifications/subscribers.py",
    "notifications/mail_subscribers.py",
    "notifications/preferences.py",
}
CALLS_OUT = {
    "core/outbound.py",
    "notifications/apprise_child.py",  # a process of its own, with a door of its own (0020)
    "core/embedded/run.py",  # asks its own child whether it is ready
    "notifications/channels/mail.py",  # reads what Django's SMTP was answered
}
USES_SOCKETS = CALLS_OUT | {
    "core/destinations.py",
    "core/embedded/engines.py",
    "core/front_limits.py",
    "core/postgres/base.py",
    "notifications/smtp.py",
    "notifications/channels/hosted.py",  # where Python finds the authorities to trust
}
HTTP = re.compile(r"(httpx|httpcore|h11|requests|urllib3|aiohttp|apprise|smtplib|http\.client|urllib\.request)(\.|$)")
READS_ENVIRONMENT = ("config/", "core/embedded/", "manage.py")  # the last two before there are settings
LINES = {
    "config/settings.py": 300,
    "incidents/models.py": 300,  # the incident, and what is counted and learnt of it
}
SOURCE_LINES, TEST_LINES, CONFTEST_LINES, TEMPLATE_LINES, FUNCTION_LINES = 250, 300, 150, 150, 50


@dataclass(frozen=True)
class Source:
    path: str
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """(the last name of what is called, the call)"""
        found = (node for node in self.nodes if isinstance(node, ast.Call))
        return [(getattr(call.func, "attr", getattr(call.func, "id", "")), call) for call in found]

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        return found

    @cached_property
    def strings(self) -> list[tuple[int, str]]:
        constants = (node for node in self.nodes if isinstance(node, ast.Constant))
        return [(node.lineno, node.value) for node in constants if isinstance(node.value, str)]

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


Wrong = Iterator[tuple[int, str]]
Rule = Callable[[Source], Wrong]


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((part.value for part in call.keywords if part.arg == name), None)


def holds(node: ast.AST | None, text: str) -> bool:
    return node is not None and any(getattr(part, "value", None) == text for part in ast.walk(node))


SETS_STATUS = re.compile(r"\bUPDATE\s+incidents_incident\b.*?\bSET\b[^;]*?\bstatus\s*=", re.IGNORECASE | re.DOTALL)


def status_is_written_by_its_owner(source: Source) -> Wrong:
    """Catches what one does in haste; the check constraint and the trigger of the database are the last line."""
    if source.path == WRITES_STATUS:
        return
    for node in source.nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(part, "attr", "") == "status" for target in targets if target for part in ast.walk(target)):
            yield getattr(node, "lineno", 0), "assigns to .status"
    yield from ((call.lineno, f"{name}(…) writes status") for name, call in source.calls if writes_status(name, call))
    yield from ((line, "SQL that sets status") for line, text in source.strings if SETS_STATUS.search(text))


def writes_status(name: str, call: ast.Call) -> bool:
    if name in ("update", "update_or_create", "Incident") and keyword(call, "status"):
        return True
    if name in ("setattr", "bulk_update") and holds(call, "status"):
        return True
    return any(holds(keyword(call, columns), "status") for columns in ("update_fields", "changes"))


def no_signals(source: Source) -> Wrong:
    for line, name in source.imports:
        if re.search(r"(^|\.)(signals|dispatch)(\.|$)", name) and source.path != "core/apps.py":  # removes Django's own
            yield line, f"imports {name}: call what should happen, or subscribe to the event"


def serializers_do_not_act(source: Source) -> Wrong:
    if not source.path.endswith("serializers.py"):
        return
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef) and node.name in ("create", "update", "save"):
            yield node.lineno, f"{node.name}() belongs into services.py"


NOBODYS = re.compile(r"(^|[/_])(utils?|helpers?|common|misc)([/_.]|$)")
NOBODYS_CLASS = re.compile(r"(Helper|Utils?|Mixin|Manager)$|^(Base|Abstract)[A-Z]")
# Django asks for a manager; what log-in needs of it stands there.
MANAGERS = {("users/models.py", "UserManager")}


def names_say_what_it_is(source: Source) -> Wrong:
    if NOBODYS.search(source.path):
        yield 1, "a shared thing has a name of its own"
    for node in source.nodes:
        is_nobodys = isinstance(node, ast.ClassDef) and NOBODYS_CLASS.search(node.name)
        if is_nobodys and (source.path, node.name) not in MANAGERS:
            yield node.lineno, f"class {node.name}"


def locks_are_spelt_and_known(source: Source) -> Wrong:
    for name, call in source.calls:
        if name == "select_for_update":
            if source.path not in LOCKS:
                yield call.lineno, "locks rows outside of the services"
            if keyword(call, "no_key") is None:
                yield call.lineno, "say no_key=True, or False before a delete"
    for line, text in source.strings:
        if re.search(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b", text) and source.path not in LOCKS | LOCKS_AND_SKIPS:
            yield line, "locks rows outside of the services"


def transactions_are_opened_by_services(source: Source) -> Wrong:
    for line, name in source.imports:
        if name == "django.db.transaction" and source.path not in OPENS_TRANSACTIONS:
            yield line, "a service is one transaction, and nothing else opens one"


def saves_name_their_fields(source: Source) -> Wrong:
    for name, call in source.calls:
        says_what = keyword(call, "update_fields") or keyword(call, "force_insert")
        if name == "save" and not says_what:
            yield call.lineno, "save(update_fields=[…])"


def environment_is_read_by_settings(source: Source) -> Wrong:
    if source.path.startswith(READS_ENVIRONMENT):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.environb", "os.getenv"):
            yield node.lineno, "read it in config/settings.py"
    for line, name in source.imports:
        if name.split(".")[0] == "environ" or name in ("os.environ", "os.getenv"):
            yield line, "read it in config/settings.py"


def settings_have_no_second_default(source: Source) -> Wrong:
    for name, call in source.calls:
        if name == "getattr" and call.args and getattr(call.args[0], "id", "") == "settings":
            yield call.lineno, "getattr(settings, …): the default stands in config/settings.py"


def nothing_calls_out(source: Source) -> Wrong:
    for line, name in source.imports:
        if HTTP.match(name) and source.path not in CALLS_OUT:
            yield line, f"{name}: core/outbound.py is the only door"
        if re.match(r"(socket|ssl)(\.|$)", name) and source.path not in USES_SOCKETS:
            yield line, f"{name}: core/outbound.py is the only door"


REASON = re.compile(r"# (noqa: [A-Z0-9, ]+?|type: ignore\[[\w,-]+\])  (# )?\S.*")


EXEMPTION = re.compile(r"\b(noqa|type: *ignore|pragma)\b")


def exemptions_have_reasons(source: Source) -> Wrong:
    if not EXEMPTION.search(source.text):  # to look for comments takes long
        return
    for line, comment in source.comments:
        if EXEMPTION.search(comment) and not REASON.fullmatch(comment):
            yield line, f"{comment}: which rule, and why not here?"


LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def nothing_is_left_for_later(source: Source) -> Wrong:
    if not LATER.search(source.text):
        return
    for line, comment in source.comments:
        if LATER.search(comment):
            yield line, comment


def functions_fit_on_a_screen(source: Source) -> Wrong:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines"


def files_have_one_subject(source: Source) -> Wrong:
    limit = LINES.get(source.path, SOURCE_LINES)
    if "tests/" in source.path:
        limit = TEST_LINES
    if source.path == "conftest.py":
        limit = CONFTEST_LINES
    if source.path.endswith(".html"):
        limit = TEMPLATE_LINES
    length = source.text.count("\n")
    if length > limit:
        yield limit, f"{length} lines: divide it by noun, or name it in LINES"


def mocks_stay_at_the_edge(source: Source) -> Wrong:
    if "mock" not in source.text:  # to parse takes long
        return
    for line, name in source.imports:
        if re.search(r"(^|\.)mock(\.|$)|^pytest_mock", name):
            yield line, "real engines, real calls: replace the clock or outgoing HTTP, by fixture"


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|\|\s*safe\b", re.IGNORECASE
)


# Mail programs read no other styles than those.
STYLE = re.compile(r"\sstyle=\"[^\"]*\"")


def templates_hold_no_code(source: Source) -> Wrong:
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := INLINE.search(STYLE.sub("", line) if source.path.startswith("templates/mail/") else line):
            yield number, f"{found[0].strip()}: the policy of our pages refuses it"


def migrations_are_named_and_alone(source: Source) -> Wrong:
    name = source.path.rsplit("/", 1)[-1]
    if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+\.py", name) or re.search(r"_auto_|_and_more", name):
        yield 1, f"{name}: give it a name (makemigrations -n)"
    for line, imported in source.imports:
        if imported.split(".")[0] in PACKAGES:
            yield line, f"imports {imported}, which will be another one day"
