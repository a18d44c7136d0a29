"""The sample site's styleguide: fields, placeholders and SXA components beside their source."""
