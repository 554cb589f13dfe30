"""Django's admin, on a site of our own."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "core.admin_site.Site"
