"""The health paths know the methods that every path knows that is read."""

import pytest

PATHS = ("/health", "/ready", "/ready/core", "/ready/worker")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_refused_in_the_one_shape(as_user, path, method):
    response = as_user().call(method, path)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json() == {
        "code": "METHOD_NOT_ALLOWED",
        "message": f"{method} is not allowed here.",
        "request_id": response["X-Request-ID"],
        "details": {},
    }


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_what_is_allowed(as_user, path):
    response = as_user().call("OPTIONS", path)

    assert response.status_code == 204
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_head_is_answered(as_user):
    assert as_user().call("HEAD", "/health").status_code == 200
