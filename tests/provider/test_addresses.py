"""Who may see the key, and where pictures may lie: inputs 94, 96, 99."""

from __future__ import annotations

import pytest

from bot.provider.hosts import Addresses, application

FAL = Addresses.fal()


@pytest.mark.parametrize(
    "url",
    [
        "https://queue.fal.run/fal-ai/ideogram/requests/r",
        "https://QUEUE.fal.run:443/x",
        "https://rest.fal.ai/storage",
        "https://api.fal.ai/v1/models",
    ],
)
def test_the_key_goes_to_fals_own_hosts(url: str) -> None:
    assert FAL.may_see_the_key(url)


STRANGE = [
    "http://queue.fal.run/x",
    "https://queue.fal.run:8443/x",
    "https://queue.fal.run:0/x",
    "https://queue.fal.run./x",
    "https://queue.fal.run.evil.com/x",
    "https://queue.fal.run@evil.com/x",
    "https://user@queue.fal.run/x",
    "https://evil.com/queue.fal.run",
    "https://evil.com#queue.fal.run",
    "https://evil.com\\@queue.fal.run/x",
    "https://quеue.fal.run/x",  # the third letter is Cyrillic
    "https://fal.run/x",
    "//queue.fal.run/x",
    "queue.fal.run",
    "ftp://queue.fal.run/x",
    "https://",
    "https://[::1",
    "https://queue.fal.run\r\n/x",
    "http://127.0.0.1/x",
    "http://2130706433/x",
    "",
]


@pytest.mark.parametrize("url", STRANGE)
def test_99_the_key_goes_to_no_host_that_only_looks_like_fals(url: str) -> None:
    assert not FAL.may_see_the_key(url)
    assert not FAL.may_hold_files(url)


@pytest.mark.parametrize("host", ["fal.media", "v3.fal.media", "v3b.fal.media", "a.b.fal.media"])
def test_pictures_may_lie_on_fals_file_hosts_which_are_not_told_the_key(host: str) -> None:
    assert FAL.may_hold_files(f"https://{host}/files/x.png?sig=1")
    assert host == "v3.fal.media" or not FAL.may_see_the_key(f"https://{host}/files/x.png")


@pytest.mark.parametrize(
    "url",
    [
        "http://v3.fal.media/x",
        "https://v3.fal.media:444/x",
        "https://evilfal.media/x",
        "https://fal.media.evil.com/x",
        "https://10.0.0.1/x",
    ],
)
def test_96_99_pictures_lie_nowhere_else(url: str) -> None:
    assert not FAL.may_hold_files(url)


def test_a_single_server_answers_for_everything_and_fals_hosts_are_strangers_to_it() -> None:
    single = Addresses.single("http://127.0.0.1:8765/")

    assert single.queue == single.rest == single.cdn == "http://127.0.0.1:8765"
    assert single.api == "http://127.0.0.1:8765/v1"
    assert single.is_local
    assert not FAL.is_local
    assert single.may_see_the_key("http://127.0.0.1:8765/x")
    assert not single.may_see_the_key("http://127.0.0.1:8766/x")
    assert not single.may_hold_files("https://v3.fal.media/x.png")


@pytest.mark.parametrize(
    ("endpoint", "app"),
    [
        ("fal-ai/ideogram/v2/edit", "fal-ai/ideogram"),
        ("fal-ai/ideogram", "fal-ai/ideogram"),
        ("workflows/someone/thing/deep", "workflows/someone/thing"),
        ("comfy/someone/thing", "comfy/someone/thing"),
    ],
)
def test_status_and_result_leave_the_endpoints_path_out(endpoint: str, app: str) -> None:
    assert application(endpoint) == app


def test_an_id_cannot_break_out_of_its_place_in_a_url() -> None:
    submission = FAL.submission("fal-ai/ideogram/v2/edit", "../../x?y#z")

    assert submission.response_url == (
        "https://queue.fal.run/fal-ai/ideogram/requests/..%2F..%2Fx%3Fy%23z"
    )
