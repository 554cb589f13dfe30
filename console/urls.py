"""The pages. No path ends in a slash, like the API's."""

from django.urls import path

from console import accounts, bulk, dashboard, incident_list, incident_page

app_name = "console"
urlpatterns = [
    path("", dashboard.show, name="dashboard"),
    path("incidents", incident_list.show, name="incidents"),
    path("incidents.csv", incident_list.download, name="export"),
    path("incidents/bulk", bulk.act, name="bulk"),
    path("incidents/new", incident_page.new, name="new_incident"),
    path("incidents/<uuid:pk>", incident_page.show, name="incident"),
    path("profile", accounts.profile, name="profile"),
    path("security", accounts.security, name="security"),
    path("tokens", accounts.tokens, name="tokens"),
    path("people", accounts.people, name="people"),
    path("audit", accounts.audit, name="audit"),
]
