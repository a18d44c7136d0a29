"""Events on their way from a connected site to its Sitecore, while something fails."""
