"""The API's routes: one register() a viewset."""

from rest_framework.routers import SimpleRouter

from core.openapi.api import RedocViewSet, SchemaViewSet, SwaggerViewSet
from incidents.analytics_api import AnalyticsViewSet
from incidents.api import IncidentViewSet
from incidents.export_api import CsvViewSet, JsonLinesViewSet
from incidents.stream_api import StreamViewSet
from notifications.api import DeliveryViewSet, WebhookViewSet
from users.api import AuditViewSet, TokenViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("incidents", IncidentViewSet, basename="incident")
router.register("incidents.csv", CsvViewSet, basename="incidents_csv")
router.register("incidents.jsonl", JsonLinesViewSet, basename="incidents_jsonl")
router.register("analytics", AnalyticsViewSet, basename="analytics")
router.register("stream", StreamViewSet, basename="stream")
router.register("users", UserViewSet, basename="user")
router.register("tokens", TokenViewSet, basename="token")
router.register("audit", AuditViewSet, basename="audit")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("deliveries", DeliveryViewSet, basename="delivery")
router.register("schema", SchemaViewSet, basename="schema")
router.register("docs", SwaggerViewSet, basename="docs")
router.register("redoc", RedocViewSet, basename="redoc")
