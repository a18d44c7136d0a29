"""What is handed on to Sitecore surely: stored first, sent once, in order, or set aside.

A batch of events is stored before it is sent. The request that brought it sends it, if nothing
of its session waits; else it stays in the queue, which is worked off by threads of the web
processes, by Celery or by ``manage.py deliver_events``. Whoever sends holds the session's
lease, since ASP.NET answers one request of a session at a time.
"""
