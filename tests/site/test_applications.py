import runpy

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler


@pytest.mark.parametrize(("module", "kind"), [("wsgi", WSGIHandler), ("asgi", ASGIHandler)])
def test_a_server_finds_the_application(
    module: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.setup", lambda **_: None)
    assert isinstance(runpy.run_module(f"jss_site.{module}")["application"], kind)
