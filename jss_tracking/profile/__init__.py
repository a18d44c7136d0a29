"""What visits tell: numbers of a period, one contact's story, and events as they come in.

Typed functions that return dataclasses. They know nothing of HTML or of the admin, so a view
or a command of your own may ask them too.
"""
