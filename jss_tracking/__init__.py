"""django-jss: what visitors do, through a pipeline, to a Sitecore tracker."""
