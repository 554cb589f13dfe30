"""The pages. No path ends in a slash, like the API's."""

from django.urls import path

from console import (
    account_urls,
    analytics_page,
    bulk,
    dashboard,
    find,
    incident_edit,
    incident_list,
    incident_page,
    mail_events,
    mail_links,
    new_incident,
    notification_urls,
    saved_views,
)
from console.incident_fields import FIELDS

app_name = "console"
urlpatterns = [
    path("", dashboard.show, name="dashboard"),
    path("analytics", analytics_page.show, name="analytics"),
    path("analytics.csv", analytics_page.download, name="analytics_csv"),
    path("urgent", dashboard.urgent, name="urgent"),
    path("find", find.show, name="find"),
    path("incidents", incident_list.show, name="incidents"),
    path("incidents.csv", incident_list.download, name="export"),
    path("incidents/bulk", bulk.act, name="bulk"),
    path("views", saved_views.save, name="save_view"),
    path("views/<uuid:pk>/delete", saved_views.delete, name="delete_view"),
    path("incidents/new", new_incident.new, name="new_incident"),
    path("incidents/duplicates", new_incident.duplicates, name="duplicates"),
    path("incidents/<uuid:pk>", incident_page.show, name="incident"),
    path("incidents/<uuid:pk>/status", incident_page.change_status, name="change_status"),
    path("incidents/<uuid:pk>/comments", incident_page.comment, name="comment"),
    *(
        path(f"incidents/<uuid:pk>/{field}", incident_edit.edit, {"field": field}, name=f"edit_{field}")
        for field in FIELDS
    ),
    path("a/<str:token>", mail_links.acknowledge, name="acknowledge"),
    path("mail/events", mail_events.receive, name="mail_events"),
    path("u/<str:token>", mail_links.unsubscribe, name="unsubscribe"),
    path("preview", incident_page.preview, name="preview"),
    *account_urls.urlpatterns,
    *notification_urls.urlpatterns,
]
