"""The operators' pages: HTML on top of the same services as the API, and no models.

A page is a view under `access.page(GET=..., POST=...)` in one module for each subject, a route in `urls.py`, and a row
in tests/who_may_call.py. Its template extends `base.html` (blocks `title`, `styles`, `scripts`, `content`) and finds
its viewer as `viewer` (context.py); whoever is not logged in gets the content alone.

The parts of pages are classes of static/css/components.css, on the colours and sizes of tokens.css, and tags of
templatetags/console.py: `icon`, `status_badge`, `severity_badge`, `person`, `when`, `age`, `exact`, `field_errors`, and
the filters `bdi` and `duration`. Text of people's stands in `<bdi>`. A menu is `<details class="menu" data-menu>`; a
`<dialog>` opens by `data-opens`; a toast comes from Django's messages, from `HX-Trigger: {"toast": {...}}`, or from
`toast()` of static/js/console.js.
"""
