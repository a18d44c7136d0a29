"""Visitors who send again until they are told that it arrived, and what strikes meanwhile."""
