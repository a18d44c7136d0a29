"""Visits that nobody made, with the habits of real ones: to look at, to show, to measure with.

``manage.py generate_visits`` asks for them. Few pages have most of the views, people come on
working days and in the evening, most come once and some often, a part comes by a campaign,
few are worth money.
"""
