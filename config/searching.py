"""The settings of search, for which settings.py has no room."""

from config import env

# The class that searches: incidents.search.engine.Engine says what is asked of it.
SEARCH_ENGINE = env.text("SEARCH_ENGINE", "incidents.search.postgres.PostgresEngine")
# PostgreSQL's name of it, such as english; `manage.py rebuild_search` makes the index be in it.
SEARCH_LANGUAGE = env.text("SEARCH_LANGUAGE", "simple")
