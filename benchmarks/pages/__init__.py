"""How many pages a core makes, beside Sitecore's own rendering hosts."""
