"""Times on pages: UTC, to the second, in an order that sorts."""

DATETIME_FORMAT = "Y-m-d H:i:s"
