"""The link checker against real servers on loopback: what answers, what is refused, how polite it is, no rebinding."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Thread
from typing import Any

import httpcore2
import pytest

from roadmaps.host_turns import PAUSE_SECONDS, HostTurns
from roadmaps.link_checker import Checked, LinkChecker, Outcome, is_public
from roadmaps.sites import site_of
from roadmaps.tests.link_server import Authority, LinkServer, Page, authority, link_server
from skillbridge_backend.core.bounded_connections import resolve

ANSWERED, FAILED, POSTPONED = Outcome.ANSWERED, Outcome.FAILED, Outcome.POSTPONED


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server() -> Iterator[LinkServer]:
    with link_server() as running:
        yield running


@pytest.fixture
def tls_server(certified: Authority) -> Iterator[LinkServer]:
    with link_server(certified) as running:
        yield running


class Names:
    """A name server: what each name means, one answer after the other, and how often it was asked."""

    def __init__(self, **meanings: list[list[str]]) -> None:
        self.meanings, self.asked = meanings, 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        answers = self.meanings[host.replace(".", "_")]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def checker(certified: Authority | None = None, **options: Any) -> LinkChecker:
    context = certified.context() if certified else None
    return LinkChecker(HostTurns(), ssl_context=context, **{"allows_loopback": True, **options})


def on(
    server: LinkServer, path: str, page: Page | None = None, *, host: str = "127.0.0.1", scheme: str = "http"
) -> str:
    if page:
        server.pages[path] = page
    return f"{scheme}://{host}:{server.port}{path}"


def test_page_that_answers_head_is_asked_once_and_told_who_asks(server: LinkServer, settings: Any) -> None:
    url = on(server, "/page?a=b", Page())

    assert checker().check(url) == Checked(ANSWERED, final_url=url, status=200)

    (asked,) = server.requests
    assert (asked.method, asked.path) == ("HEAD", "/page?a=b")
    assert asked.user_agent == f"SkillBridge-LinkCheck/1.0 (+{settings.PUBLIC_URL})"


@pytest.mark.parametrize("head", [400, 403, 404, 405, 500, 501, None])
def test_head_that_is_refused_is_followed_by_get(server: LinkServer, head: int | None) -> None:
    checked = checker().check(on(server, "/", Page(head=head)))

    assert (checked.outcome, server.methods[-1]) == (ANSWERED, "GET")


def test_body_is_not_read(server: LinkServer) -> None:
    began = time.monotonic()
    checked = checker().check(on(server, "/", Page(head=405, body=b"x" * 50_000_000)))

    assert checked.outcome == ANSWERED
    assert time.monotonic() - began < PAUSE_SECONDS + 2


@pytest.mark.parametrize("status", [401, 403, 405])
def test_site_that_lets_no_robot_in_is_there(server: LinkServer, status: int) -> None:
    checked = checker().check(on(server, "/", Page(status)))

    assert checked == Checked(Outcome.REFUSED, status=status, error=f"answered {status}")
    assert server.methods == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_status_of_an_error_is_a_failure(server: LinkServer, status: int) -> None:
    checked = checker().check(on(server, "/", Page(status)))

    assert checked == Checked(FAILED, status=status, error=f"answered {status}")
    assert not checked.is_unreachable


@pytest.mark.parametrize(
    ("status", "after", "seconds"), [(429, "120", 120), (503, "7200", 7200), (429, "", 3600), (429, "9" * 12, 86_400)]
)
def test_host_that_asks_for_time_is_left_alone(server: LinkServer, status: int, after: str, seconds: float) -> None:
    on(server, "/other", Page())
    url = on(server, "/", Page(status, {"Retry-After": after}))

    checked = checker().check(url)
    asked = len(server.requests)
    again = checker().check(on(server, "/other"))

    assert (checked.outcome, checked.retry_seconds) == (POSTPONED, seconds)
    assert again.outcome == POSTPONED
    assert seconds - 10 < again.retry_seconds <= seconds
    assert len(server.requests) == asked


def test_retry_after_that_is_no_date_of_this_world_is_as_good_as_none(server: LinkServer) -> None:
    never = {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}

    checked = checker().check(on(server, "/", Page(429, never)))

    assert (checked.outcome, checked.retry_seconds) == (POSTPONED, 3600)


def test_redirects_are_followed_and_told(server: LinkServer) -> None:
    end = on(server, "/end", Page())
    middle = on(server, "/middle", Page(308, {"Location": "end"}))
    begin = on(server, "/begin", Page(301, {"Location": middle}))

    assert checker().check(begin) == Checked(ANSWERED, final_url=end, status=200, redirects=(middle, end))


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("/", "more than 5 redirects"),
        ("", "a redirect to nowhere"),
        ("ftp://files.test/", "no address of the web"),
        ("javascript:alert(1)", "no address of the web"),
        ("https://somebody:secret@links.test/", "an address with a password"),
        ("http://links.test:port/", "no address"),
        ("/" + "x" * 500, "an address of more than 500 characters"),
        ("https:////[,", "Invalid IPv6 URL"),
        ("https://xn--z.ab--b.com/", "Label has disallowed hyphens in 3rd and 4th position"),
    ],
)
def test_redirect_that_leads_nowhere_is_a_failure(server: LinkServer, location: str, error: str) -> None:
    checked = checker().check(on(server, "/", Page(302, {"Location": location})))

    assert (checked.outcome, checked.error) == (FAILED, error)


def test_redirect_from_https_to_http_is_a_failure(
    server: LinkServer, tls_server: LinkServer, certified: Authority
) -> None:
    plain = on(server, "/", Page())
    url = on(tls_server, "/", Page(301, {"Location": plain}), scheme="https")

    checked = checker(certified).check(url)

    assert (checked.outcome, checked.error) == (FAILED, "a redirect from https to http")
    assert not server.requests


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:7f00:1::", "no address",
    ],
)  # fmt: skip
def test_addresses_of_networks_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1", "0"])
def test_this_machine_is_refused_however_it_is_written(server: LinkServer, host: str) -> None:
    names = resolve if host != "[::1]" else (lambda _host, _port: ["::1"])
    checked = checker(allows_loopback=False, resolve=names).check(f"http://{host}/")

    assert (checked.outcome, checked.status) == (FAILED, None)
    assert checked.error == "an address inside of a network"


def test_host_with_one_address_inside_is_refused_as_a_whole() -> None:
    names = Names(links_test=[["8.8.8.8", "10.0.0.1"]])
    assert checker(resolve=names).check("http://links.test/").error == "an address inside of a network"


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_other_ports_are_refused(port: int) -> None:
    names = Names()
    checked = checker(allows_loopback=False, resolve=names).check(f"http://links.test:{port}/")

    assert (checked.outcome, checked.error, names.asked) == (FAILED, f"port {port}", 0)


def test_name_is_resolved_once_for_a_connection_so_nothing_can_be_bound_anew(server: LinkServer) -> None:
    names = Names(links_test=[["127.0.0.1"], ["10.0.0.1"]])
    url = on(server, "/", Page(302, {"Location": "/end"}), host="links.test")
    on(server, "/end", Page())

    checked = checker(resolve=names).check(url)

    # HEAD and the redirect's HEAD went over the connection to the address that was looked at.
    assert (checked.outcome, names.asked) == (ANSWERED, 1)


def test_name_that_means_something_else_on_the_next_connection_is_refused_there(server: LinkServer) -> None:
    names = Names(links_test=[["127.0.0.1"], ["10.0.0.1"]])
    url = on(server, "/", Page(head=None), host="links.test")

    checked = checker(resolve=names).check(url)

    assert (checked.outcome, checked.error) == (FAILED, "an address inside of a network")
    assert (server.methods, names.asked) == (["HEAD"], 2)


def test_redirect_to_a_network_inside_is_refused(server: LinkServer) -> None:
    names = Names(links_test=[["127.0.0.1"]], inside_test=[["169.254.169.254"]])
    url = on(server, "/", Page(302, {"Location": "http://inside.test/latest/meta-data/"}), host="links.test")

    checked = checker(resolve=names).check(url)

    assert (checked.outcome, checked.error) == (FAILED, "an address inside of a network")


def test_next_address_is_tried_when_the_first_takes_no_connection(server: LinkServer) -> None:
    names = Names(links_test=[["127.0.0.2", "127.0.0.1"]])
    url = on(server, "/", Page(), host="links.test")
    assert checker(resolve=names).check(url).outcome == ANSWERED


def test_server_is_asked_for_by_name_and_has_to_prove_it(tls_server: LinkServer, certified: Authority) -> None:
    names = Names(links_test=[["127.0.0.1"]], liar_test=[["127.0.0.1"]])
    url = on(tls_server, "/", Page(), host="links.test", scheme="https")

    checked = checker(certified, resolve=names).check(url)
    of_another = checker(certified, resolve=names).check(url.replace("links.test", "liar.test"))
    of_nobody = checker(resolve=names).check(url)

    assert checked.outcome == ANSWERED
    (asked,) = tls_server.requests
    assert (asked.sni, asked.host) == ("links.test", f"links.test:{tls_server.port}")
    assert (of_another.outcome, of_nobody.outcome) == (FAILED, FAILED)
    assert "certificate" in of_another.error
    assert "certificate" in of_nobody.error


@pytest.mark.parametrize("page", [Page(pause_seconds=30), Page(drip_seconds=0.05)])
def test_slow_server_is_left_at_the_deadline(server: LinkServer, page: Page) -> None:
    began = time.monotonic()
    checked = checker().check(on(server, "/", page), seconds=1)

    assert (checked.outcome, checked.error) == (FAILED, "no answer in time")
    assert time.monotonic() - began < 2


def test_head_that_is_never_answered_is_followed_by_get(server: LinkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadmaps.link_checker.HEAD_SECONDS", 0.3)

    def pages() -> Iterator[Page]:
        yield Page(pause_seconds=5)
        while True:
            yield Page()

    left = pages()
    server.pages = type("Pages", (dict,), {"get": lambda *_: next(left)})()
    checked = checker().check(on(server, "/"), seconds=4)

    assert checked.outcome == ANSWERED


def test_name_server_that_is_slow_does_not_outlast_the_deadline() -> None:
    began = time.monotonic()
    checked = checker(resolve=lambda _host, _port: time.sleep(5)).check("http://links.test/", seconds=0.5)

    assert (checked.outcome, checked.error) == (FAILED, "no answer in time")
    assert time.monotonic() - began < 1.5


def test_unknown_host_and_closed_port_are_failures_with_nothing_reached() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("unknown")

    with link_server() as gone:
        port = gone.port
    for checked in (checker(resolve=unknown).check("http://links.test/"), checker().check(f"http://127.0.0.1:{port}/")):
        assert (checked.outcome, checked.is_unreachable) == (FAILED, True)


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://links.test/", "https:///path", "http://a b/", "mailto:me@links.test", "//x", "http://[x/",
        "https://xn--z.ab--b.com/", "http://xn--.x'", "http://127.0.0.1:99999999999/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_a_failure(url: str) -> None:
    assert checker().check(url).outcome == FAILED


def test_link_whose_check_goes_wrong_costs_the_others_nothing(server: LinkServer) -> None:
    class Turns(HostTurns):
        @contextmanager
        def turn(self, host: str, *, ends: float) -> Iterator[None]:
            if host == "localhost":
                raise RuntimeError("a fault of ours")
            with super().turn(host, ends=ends):
                yield

    good, bad = on(server, "/", Page()), on(server, "/", host="localhost")
    many = LinkChecker(Turns(), allows_loopback=True).check_all([bad, "http://[x/", good], seconds=5)

    assert [many[url].outcome for url in (bad, "http://[x/", good)] == [FAILED, FAILED, ANSWERED]
    assert many[bad].error == "RuntimeError"


def test_requests_to_one_host_come_one_at_a_time_with_a_pause(server: LinkServer) -> None:
    urls = [on(server, f"/{number}", Page(pause_seconds=0.2)) for number in range(3)]
    threads = [Thread(target=checker().check, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked = sorted(server.requests, key=lambda each: each.began)
    assert len(asked) == 3
    for before, after in pairwise(asked):
        assert after.began - before.ended > PAUSE_SECONDS * 0.9


def test_hosts_of_one_site_have_one_turn_together(server: LinkServer) -> None:
    urls = [on(server, "/", Page(pause_seconds=0.2), host=f"{name}.victim.example") for name in ("a", "b", "c.d")]
    asking = checker(resolve=lambda _host, _port: ["127.0.0.1"])
    threads = [Thread(target=asking.check, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked = sorted(server.requests, key=lambda each: each.began)
    assert len({each.host for each in asked}) == 3
    assert all(after.began - before.ended > PAUSE_SECONDS * 0.9 for before, after in pairwise(asked))


def test_host_that_asks_for_time_does_not_speak_for_others_of_its_site(server: LinkServer) -> None:
    asking = checker(resolve=lambda _host, _port: ["127.0.0.1"])
    busy = on(server, "/busy", Page(429, {"Retry-After": "600"}), host="busy.pages.example")
    other = on(server, "/", Page(), host="other.pages.example")

    assert (asking.check(busy).outcome, asking.check(other).outcome) == (POSTPONED, ANSWERED)
    assert asking.check(busy).retry_seconds > 500


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("victim.example", "victim.example"), ("a.b.Victim.example.", "victim.example"), ("localhost", "localhost"),
        ("www.shop.co.uk", "shop.co.uk"), ("shop.co.uk", "shop.co.uk"), ("co.uk", "co.uk"), ("www.t.co", "t.co"),
        ("x.com.au", "x.com.au"), ("www.bbc.de", "bbc.de"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("", ""),
    ],
)  # fmt: skip
def test_site_is_what_somebody_registered(host: str, site: str) -> None:
    assert site_of(host) == site


def test_another_checks_turn_is_waited_for_no_longer_than_the_deadline(server: LinkServer) -> None:
    url = on(server, "/", Page())
    with HostTurns().turn("127.0.0.1", ends=time.monotonic() + 5):
        checked = checker().check(url, seconds=0.5)

    assert (checked.outcome, server.requests) == (POSTPONED, [])


def test_errors_of_the_http_library_are_all_known() -> None:
    from roadmaps.link_checker import HTTP_ERRORS

    for name in dir(httpcore2):
        error = getattr(httpcore2, name)
        if isinstance(error, type) and issubclass(error, Exception):
            assert issubclass(error, (*HTTP_ERRORS, httpcore2.ProxyError, httpcore2.ConnectionNotAvailable)), name
