"""Full-text search over title, description and comments, by the engine that SEARCH_ENGINE names."""

from incidents.search.engine import Engine, engine

__all__ = ["Engine", "engine"]
