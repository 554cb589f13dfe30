"""Static files under names that change with their content, so that a browser may keep them for good."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # has no types


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # has no types
    """A file that is not collected keeps its own name: a checkout is served in place, by the finders."""

    # In our own scripts alone: what others ship holds words that look like imports of files that are not there.
    imports = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]  # not in the stubs
    patterns = (*HashedFilesMixin.patterns, ("js/*.js", imports))

    def stored_name(self, name: str) -> str:
        stored: str = super().stored_name(name) if name in self.hashed_files else name
        return stored
