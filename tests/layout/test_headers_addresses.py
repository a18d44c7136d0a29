from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.headers import client_address

PEER = "203.0.113.9"


def address(forwarded: str = "", peer: str = PEER, **headers: str) -> str:
    meta: dict[str, Any] = {"REMOTE_ADDR": peer, **headers}
    if forwarded:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(RequestFactory().get("/", **meta))


def test_without_trusted_proxies_the_peer_is_the_visitor_whatever_it_claims() -> None:
    assert address("192.0.2.1") == PEER


def test_with_one_trusted_proxy_the_last_entry_is_the_visitor(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address("192.168.1.0, 172.217.16.14") == "172.217.16.14"


def test_with_two_trusted_proxies_the_entry_before_the_last_is_the_visitor(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert address("6.6.6.6, 192.0.2.1, 10.0.0.2") == "192.0.2.1"


def test_fewer_entries_than_proxies_leave_the_first_entry(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 3
    assert address("192.0.2.1, 10.0.0.2") == "192.0.2.1"


def test_a_trusted_proxy_that_names_nobody_leaves_the_peer(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address() == PEER
    assert address("unknown") == PEER


def test_proxies_in_trusted_networks_are_skipped_from_the_right(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8::/32"]
    assert address("6.6.6.6, 192.0.2.1, 10.1.1.1", peer="2001:db8::5") == "192.0.2.1"


def test_a_peer_outside_the_trusted_networks_is_not_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address("192.0.2.1") == PEER


def test_where_all_hops_are_trusted_the_first_is_the_visitor(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address("10.0.0.7, 10.0.0.8", peer="10.0.0.9") == "10.0.0.7"


def test_nobody_vouches_for_what_stands_before_an_entry_that_is_no_address(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address("6.6.6.6, unknown, 10.0.0.8", peer="10.0.0.9") == "10.0.0.8"


def test_the_peer_of_a_unix_socket_is_this_machine_and_trusted(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address("192.0.2.1", peer="") == "192.0.2.1"


def test_networks_go_before_the_count(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    settings.TRUSTED_PROXY_COUNT = 2
    assert address("6.6.6.6, 192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("  192.0.2.1  ", "192.0.2.1"),
    ],
)
def test_an_address_is_made_bare(written: str, bare: str, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(f"1.1.1.1, {written}") == bare


def test_a_peer_in_ipv6_clothes_is_made_bare() -> None:
    assert address(peer="::ffff:192.0.2.1") == "192.0.2.1"


def test_no_address_is_known_where_the_server_names_none() -> None:
    assert address(peer="") == ""


def test_the_header_of_a_cdn_counts_only_when_it_is_configured(settings: Any) -> None:
    assert address(HTTP_CF_CONNECTING_IP="192.0.2.1") == PEER
    settings.CLIENT_ADDRESS_HEADER = "CF-Connecting-IP"
    assert address(HTTP_CF_CONNECTING_IP="192.0.2.1") == "192.0.2.1"


def test_the_header_of_a_cdn_counts_only_from_a_trusted_peer(settings: Any) -> None:
    settings.CLIENT_ADDRESS_HEADER = "True-Client-IP"
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address(HTTP_TRUE_CLIENT_IP="192.0.2.1") == PEER
    assert address(HTTP_TRUE_CLIENT_IP="192.0.2.1", peer="10.0.0.1") == "192.0.2.1"


def test_a_cdn_header_that_is_no_address_falls_back_to_the_proxies(settings: Any) -> None:
    settings.CLIENT_ADDRESS_HEADER = "CF-Connecting-IP"
    settings.TRUSTED_PROXY_COUNT = 1
    assert address("192.0.2.7", HTTP_CF_CONNECTING_IP="nobody") == "192.0.2.7"


@given(st.text(), st.text(), st.integers(0, 4))
def test_any_text_gives_one_bare_address_or_none(peer: str, forwarded: str, count: int) -> None:
    from django.test import override_settings

    with override_settings(TRUSTED_PROXY_COUNT=count):
        found = address(forwarded, peer=peer)
    assert not set(found) - set("0123456789abcdef:.")
