"""An app that keeps something of contacts: each of its tables is a facet of theirs."""
