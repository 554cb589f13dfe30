"""The API's document, made from the code."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """One operation."""
