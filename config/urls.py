"""The URL map on one screen."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.api import router
from core.metrics_page import MetricsView

urlpatterns = [
    path("v1/", include(router.urls)),  # first: each pattern before it is tried for every call
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("", include("console.urls")),
    path("account/", include("users.accounts.urls")),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
]

handler400 = handler403 = handler404 = "core.exception_handler.refused"
handler500 = "core.exception_handler.server_error"
