"""The API's document over HTTP, and its two readers, which need nothing from another host."""

import json
import re
from contextlib import closing

import pytest
from django.test import Client

from core.openapi import document

READERS = ("/v1/docs", "/v1/redoc")
PAGES = ("/v1/schema", *READERS)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_needs_credentials_to_read(as_user, path):
    response = as_user().get(path)

    assert response.status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_wrong_credentials_are_refused_here_too(as_user, path):
    response = as_user().get(path, Authorization="Bearer inc_nonsense")

    assert response.status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_it_knows_get_head_and_options_alone(as_user, path):
    api = as_user()

    assert api.call("HEAD", path).status_code == 200
    for method in ("OPTIONS", "POST", "PATCH", "DELETE"):
        response = api.call(method, path)
        assert response.status_code == (204 if method == "OPTIONS" else 405)
        assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_the_schema_is_the_document(as_user, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = as_user().get("/v1/schema")

    assert response["Content-Type"] == "application/json"
    assert response.content == document.as_bytes()
    assert json.loads(response.content)["openapi"] == "3.1.0"


@pytest.mark.parametrize("path", READERS)
def test_a_reader_is_made_of_files_of_ours_that_are_there(as_user, path):
    page = as_user().get(path).content.decode()
    files = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert [file for file in files if file.endswith(".js")]
    assert "<style" not in page
    assert not re.search(r"<script(?! src=)", page)
    for file in files:
        assert file == "/v1/schema" or file.startswith("/static/")
        with closing(Client().get(file)) as served:
            assert served.status_code == 200, file


def directives(response):
    return dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", READERS)
def test_a_reader_may_style_inline_and_work_in_a_blob_and_nothing_else_more(as_user, path):
    usual, reader = directives(Client().get("/")), directives(as_user().get(path))

    assert reader.pop("style-src") == "'self' 'unsafe-inline'"
    assert reader.pop("worker-src") == "blob:"
    assert usual.pop("style-src") == "'self'"
    assert reader == usual
    assert "unsafe" not in str(usual)
