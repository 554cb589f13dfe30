"""What every list of the admin site shares: no count of rows, no order without an index, a bounded search."""

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, InvalidPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core.errors import DomainError

# Deeper pages cost time in proportion to their depth: whoever is there needs a filter or a search.
LAST_PAGE = 100
LONGEST_SEARCH = 200
ORDER = re.compile(r"(-?)(\d{1,2})(?:\.|$)", re.ASCII)


class LookAheadPaginator(Paginator):  # type: ignore[type-arg]  # of any model
    """Reads one row more than it shows in place of counting them all; knows pages up to the next one only."""

    seen_pages = 1

    @property
    def num_pages(self) -> int:  # known only after a page was read
        return self.seen_pages

    def validate_number(self, number: int | float | str) -> int:
        try:
            page = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger("A page has a whole number.") from None
        if not 1 <= page <= LAST_PAGE:
            raise EmptyPage("There is no such page.")
        return page

    def page(self, number: int | str) -> Page[Any]:
        page = self.validate_number(number)
        first = (page - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if page > 1 and not rows:
            raise EmptyPage("There is no such page.")
        has_more = len(rows) > self.per_page and page < LAST_PAGE
        self.seen_pages = page + has_more
        return Page(rows[: self.per_page], page, self)


class LookAheadChangeList(ChangeList):
    model_admin: Any
    previous_link = next_link = ""

    def get_results(self, request: HttpRequest) -> None:
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        try:
            page = self.paginator.page(self.page_num)
        except InvalidPage:
            raise IncorrectLookupParameters from None
        self.result_list = page.object_list
        self.result_count = len(page.object_list)  # of this page: so no "select all" beyond it is offered
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = page.has_other_pages()
        if page.has_previous():
            self.previous_link = self.get_query_string({PAGE_VAR: page.number - 1})
        if page.has_next():
            self.next_link = self.get_query_string({PAGE_VAR: page.number + 1})

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        return super().get_queryset(request, exclude_parameters).defer(*self.model_admin.list_defer)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The model's own order, or that of one column in `sortable`: another would sort the whole table."""
        given = ORDER.match(self.params.get(ORDER_VAR, ""))
        place = int(given[2]) if given else len(self.list_display)
        column = self.list_display[place] if place < len(self.list_display) else ""
        if given is None or column not in self.model_admin.sortable:
            self.params.pop(ORDER_VAR, None)
            return list(self.model_admin.ordering)
        return [f"{given[1]}{name}" for name in self.model_admin.sortable[column]]


class KnownValuesFilter(admin.SimpleListFilter):
    """`known` maps a value of the parameter to what it asks of a row; any other value is refused unlooked for."""

    known: dict[str, dict[str, Any]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value.capitalize()) for value in self.known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        if value not in self.known:
            raise IncorrectLookupParameters
        return queryset.filter(**self.known[value])


def filter_by(column: str, values: Iterable[str]) -> type[KnownValuesFilter]:
    known = {value: {column: value} for value in values}
    return type("ColumnFilter", (KnownValuesFilter,), {"title": column, "parameter_name": column, "known": known})


class UncountedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # of any model
    paginator = LookAheadPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    # Columns that no page shows.
    unread: tuple[str, ...] = ()
    # Those that the list does not show and that are long.
    list_defer: tuple[str, ...] = ()
    # Column -> the indexed fields that it sorts by.
    sortable: dict[str, tuple[str, ...]] = {}
    # Every parameter that filters a list; any other one could make a query of any cost.
    lookups: tuple[str, ...] = ()
    # The model whose list is the log of a row, and its parameter for that: Django's own, which knows no other writer
    # than the admin, is not kept.
    log: tuple[str, str] | None = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.unread)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LookAheadChangeList

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return list(self.sortable)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        if len(words) > LONGEST_SEARCH or "\0" in words:
            self.message_user(request, f"Search for 1 to {LONGEST_SEARCH} characters.", messages.WARNING)
            return queryset.none(), False
        return self.found(request, queryset, words), False

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        """The rows that `words` find, by an index."""
        raise NotImplementedError

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Django's own would look for ids that are none, and fail."""
        to_id = self.opts.pk.to_python
        try:
            for text in request.POST.getlist(ACTION_CHECKBOX_NAME):
                to_id(text)
        except ValidationError:
            self.message_user(request, "What was selected is not in this list.", messages.WARNING)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing: a link must not fill in a form that an administrator then saves."""
        return {}

    def each_ticked(self, request: HttpRequest, act: Callable[[uuid.UUID], bool], done: str) -> None:
        """One transaction each: a refusal of one does not hold up the others.

        Not the action's queryset, which a client can make the whole list of.
        """
        count = 0
        for text in request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page]:
            try:
                count += act(uuid.UUID(text))
            except DomainError as error:
                self.message_user(request, f"{text}: {error.message}", messages.WARNING)
        self.message_user(request, f"{count} {done}.")

    def history_address(self, object_id: str) -> str | None:
        if self.log is None:
            return None
        model, parameter = self.log
        return f"{reverse(f'admin:{model}_changelist')}?{urlencode({parameter: unquote(object_id)})}"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        address = self.history_address(object_id)
        if address is None:
            raise Http404
        return HttpResponseRedirect(address)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        shown = context["original"]
        context["history_address"] = self.history_address(str(shown.pk)) if shown else None
        return super().render_change_form(request, context, *args, **kwargs)

    def log_addition(self, *args: Any) -> Any:
        """In our own log already."""

    def log_change(self, *args: Any) -> Any:
        """In our own log already."""

    def log_deletions(self, *args: Any) -> Any:
        """In our own log already."""


class ReadOnlyAdmin(UncountedAdmin):
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False
