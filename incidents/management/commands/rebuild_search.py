import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents import search_language, vocabulary


class Command(BaseCommand):
    help = (
        "Make the index of the search anew in the language that SEARCH_LANGUAGE names, while the service goes on, and "
        "learn anew the words that typos are compared with. May be broken off and started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for table, count in search_language.rebuild(settings.SEARCH_LANGUAGE):
                if sys.stderr.isatty():
                    self.stderr.write(f"\r{table}: {count} rows", ending="")
        except LookupError as error:
            raise CommandError(error.args[0]) from None
        vocabulary.forget()
        learnt = sum(iter(vocabulary.learn, 0))
        self.stdout.write(f"The search reads {settings.SEARCH_LANGUAGE}. The words of {learnt} incidents were learnt.")
