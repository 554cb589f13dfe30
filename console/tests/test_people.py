"""Administrators' pages: people, and the audit log."""

import pytest

from incidents import services as incident_services
from users import services
from users.models import AuditEntry, User
from users.tests.mail import work


@pytest.fixture
def browser(browser_of, ada):
    return browser_of(ada)


def do(browser, user, what, **form):
    return browser.post(f"/people/{user.pk}", {"do": what, **form})


def test_somebody_is_invited_by_mail(browser, ada, mailoutbox):
    response = browser.post("/people/invite", {"email": "eve@example.com", "name": "Eve", "role": "viewer"})
    work()

    eve = User.objects.get(email="eve@example.com")
    assert response["Location"] == f"/people/{eve.pk}"
    assert [mail.to for mail in mailoutbox] == [["eve@example.com"]]
    assert eve.role == "viewer"
    assert "Invited" in browser.get("/people").text
    do(browser, eve, "invite")
    assert work() == 1


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [("email", "no address", 400), ("email", "RUI@example.com", 409), ("role", "king", 400)],
)
def test_an_invitation_that_does_not_fit(browser, rui, field, value, status):
    form = {"email": "eve@example.com", "name": "Eve", "role": "viewer", field: value}

    response = browser.post("/people/invite", form)

    assert response.status_code == status
    assert f'id="error-{field}"' in response.text
    assert User.objects.count() == 2


def test_a_role_is_changed(browser, rui):
    assert do(browser, rui, "role", role="viewer").status_code == 303

    assert User.objects.get(pk=rui.pk).role == "viewer"
    assert AuditEntry.objects.get(action="user.updated").after == {"role": "viewer"}


def test_who_leaves_is_shown_with_what_was_theirs(browser, ada, rui):
    mine = incident_services.open_incident(title="Disk <full>", severity="P1", actor=ada, assignee=rui)
    page = browser.get(f"/people/{rui.pk}").text
    assert "Disk &lt;full&gt;" in page
    assert "What is assigned to them stays so" in page

    do(browser, rui, "deactivate")

    page = browser.get(f"/people/{rui.pk}").text
    assert "Nobody works on these" in page
    assert f"/incidents/{mine.pk}" in page
    assert not User.objects.get(pk=rui.pk).is_active
    do(browser, rui, "activate")
    assert User.objects.get(pk=rui.pk).is_active


def test_the_last_administrator_stays(browser, ada):
    for response in (do(browser, ada, "deactivate"), do(browser, ada, "role", role="viewer")):
        assert response.status_code == 409
        assert "Make somebody else an administrator first" in response.text
    assert User.objects.get(pk=ada.pk).is_staff


@pytest.mark.parametrize("what", ["unlock", "second-factors"])
def test_the_rest_can_be_done(browser, rui, what):
    assert do(browser, rui, what)["Location"] == f"/people/{rui.pk}"


def test_nothing_else_can(browser, rui):
    assert do(browser, rui, "delete").status_code == 400
    assert do(browser, rui, "").status_code == 400


def test_the_audit_log_tells_who_did_what_and_turns_its_pages(browser, ada, rui):
    for number in range(52):
        services.edit_user(rui.pk, actor=ada, name=f"<i>Rui {number}</i>")

    page = browser.get("/audit").text
    assert "&lt;i&gt;Rui 51&lt;/i&gt;" in page
    assert "changed a user" in page
    assert "Rui 0&lt;" not in page
    older = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Rui 0&lt;" in browser.get(older).text


@pytest.mark.parametrize(("path", "queries"), [("/people", 3), ("/audit", 3)])
def test_a_list_costs_the_same_for_few_and_for_many(browser, path, queries, django_assert_num_queries):
    for number in range(10):
        with django_assert_num_queries(queries):
            browser.get(path)
        services.create_user(email=f"p{number}@example.com", name="P", actor=None)


def test_a_cursor_of_another_list_is_refused(browser, ada):
    assert browser.get("/people?cursor=x").status_code == 400
