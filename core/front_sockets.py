"""What the front asks the system about its connections."""

import asyncio
import resource
import select


def has_unread(transport: asyncio.Transport) -> bool:
    """A request that has come, and that nobody has looked at yet: to close now would reset it."""
    waiting = select.poll()
    waiting.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def raised_file_limit() -> int:
    """As many open files as the system allows this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 2**31
