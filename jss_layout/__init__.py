"""django-jss: pages from a Sitecore Layout Service, rendered through Django templates."""
