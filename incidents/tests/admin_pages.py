"""The pages of incidents on the admin site, filled in as a browser does it."""

from core.tests import admin_forms

LIST = "/admin/incidents/incident/"


def change(incident):
    return f"{LIST}{incident.pk}/change/"


def form_of(page):
    return admin_forms.form_of(page, "incident_form")


def save(site, incident, opened=None, **entered):
    """Open the page (or take it as `opened` earlier), enter, press Save."""
    page = opened if opened is not None else form_of(site.get(change(incident)))
    return site.post(change(incident), {**page, **entered})
