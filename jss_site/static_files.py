"""Static files of a deployment: compressed, with names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # has none


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """WhiteNoise's, in which a page stands without a file that was not collected.

    ``manage.py check --deploy`` says if none was.
    """

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The name with the hash of the content, or the plain one if there is no such file."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
