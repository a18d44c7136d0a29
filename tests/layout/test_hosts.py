import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jss_layout.hosts import (
    bare_host,
    is_host_name,
    is_language,
    is_web_address,
    listed,
    web_address,
)


def test_a_list_may_have_any_of_sitecores_separators() -> None:
    assert listed(" a.com | b.com,c.com;\n d.com\r\n\n") == ("a.com", "b.com", "c.com", "d.com")


@pytest.mark.parametrize(
    ("host", "bare"),
    [
        ("Example.COM", "example.com"),
        ("example.com:8000", "example.com"),
        ("example.com.", "example.com"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:0db8:0:0::0001", "2001:db8::1"),
        ("[::1", "::1"),
        ("a:b:c", "a:b:c"),
        ("", ""),
    ],
)
def test_a_bare_host_has_no_port_brackets_or_upper_case(host: str, bare: str) -> None:
    assert bare_host(host) == bare


@given(st.text())
@example("[")
@example("::")
def test_any_text_has_a_bare_host_in_lower_case(host: str) -> None:
    assert bare_host(host) == bare_host(host).lower()
    assert is_host_name(host) in (True, False)


@pytest.mark.parametrize("name", ["a", "*", "*.example.com", "a_b.example.com", "::1", "[::1]:80"])
def test_names_and_addresses_are_host_names(name: str) -> None:
    assert is_host_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a..b", "-a", "a/b", "https://a.com", "a:b:c", "ä.dk"])
def test_other_text_is_no_host_name(name: str) -> None:
    assert not is_host_name(name)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://App.example.com", "https://app.example.com"),
        (" http://app.example.com/ ", "http://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_address_has_the_form_of_the_origin_header(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "app.example.com",
        "ftp://app.example.com",
        "https://",
        "https://*.example.com",
        "https://app.example.com/path",
        "https://app.example.com?a=b",
        "https://app.example.com#a",
        "https://user@app.example.com",
        "https://app.example.com:99999",
        "https://app.example.com:port",
        "https://[::1",
        "https://a b.com",
    ],
)
def test_other_text_is_no_address(text: str) -> None:
    assert not is_web_address(text)


@given(st.text())
def test_any_text_is_an_address_or_not(text: str) -> None:
    if is_web_address(text):
        assert web_address(web_address(text)) == web_address(text)


@pytest.mark.parametrize("code", ["en", "da-DK", "zh-Hans-CN", "fil"])
def test_codes_are_languages(code: str) -> None:
    assert is_language(code)


@pytest.mark.parametrize("code", ["", "e", "english", "da_DK", "en/", "en\n"])
def test_other_text_is_no_language(code: str) -> None:
    assert not is_language(code)
