"""The pages about people: oneself, and for administrators everybody."""

from django.urls import path

from console import api_tokens, audit_log, limits, people, profile, security, status

urlpatterns = [
    path("profile", profile.show, name="profile"),
    path("profile/mails", profile.choose_mails, name="own_mails"),
    path("security", security.show, name="security"),
    path("security/password", security.change_password, name="change_password"),
    path("security/sessions/others/end", security.end_other_sessions, name="end_other_sessions"),
    path("security/sessions/<int:pk>/end", security.end_session, name="end_session"),
    path("tokens", api_tokens.show, name="tokens"),
    path("tokens/<uuid:pk>/revoke", api_tokens.revoke, name="revoke_token"),
    path("people", people.show, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/<uuid:pk>", people.person, name="person"),
    path("status", status.show, name="status"),
    path("limits", limits.show, name="limits"),
    *(path(f"limits/{kind}/<uuid:pk>", limits.quota, {"kind": kind}, name=f"quota_{kind}") for kind in limits.SET),
    path("audit", audit_log.show, name="audit"),
]
