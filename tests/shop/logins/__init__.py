"""The shop's logins: an app that makes contacts known."""
