"""The pages about what leaves the building: webhooks, channels, deliveries."""

from django.urls import path

from console import channels, delivery_list, delivery_page, mail_preferences, webhooks

urlpatterns = [
    path("webhooks", webhooks.show, name="webhooks"),
    path("webhooks/new", webhooks.new, name="new_webhook"),
    path("webhooks/<uuid:pk>", webhooks.webhook, name="webhook"),
    path("channels", channels.show, name="channels"),
    path("channels/new", channels.new, name="new_channel"),
    path("channels/<uuid:pk>", channels.channel, name="channel"),
    path("mails", mail_preferences.defaults, name="mail_defaults"),
    path("deliveries", delivery_list.show, name="deliveries"),
    path("deliveries/<uuid:pk>", delivery_page.show, name="delivery"),
    path("deliveries/<uuid:pk>/outcome", delivery_page.outcome, name="outcome"),
]
