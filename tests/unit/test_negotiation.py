"""Which form is answered, by what the client says that it takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from entrypoints.http.negotiation import chosen
from entrypoints.http.problems import HttpProblem

JSON, SVG = "application/json", "image/svg+xml"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def answered(*accept: str) -> str:
    headers = Headers(raw=[(b"accept", one.encode("latin-1")) for one in accept])
    return chosen(headers, (JSON, SVG))


@pytest.mark.rule("SUM-8")
@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ((), JSON), (("",), JSON), ((" ",), JSON), ((",",), JSON), (("", SVG), SVG), (("*/*",), JSON), ((BROWSER,), JSON), ((IMAGE,), SVG), ((SVG,), SVG), (("image/*",), SVG), (("IMAGE/SVG+XML",), SVG),
        (("application/json", "image/svg+xml"), JSON), (("application/json;q=0.5", "image/svg+xml;q=0.6"), SVG),
        ((f"{JSON};q=0.9, {SVG};q=0.90",), JSON), ((f"{SVG}, */*;q=0.1",), SVG), (("*/*, application/json;q=0",), SVG),
        (("*/*;q=0.5, image/svg+xml;q=0.4",), JSON), (("application/*;q=0.2, */*;q=0.9",), SVG), (("image/svg+xml;charset=utf-8",), SVG),
        (('image/svg+xml;title="a, b;q=0", application/json;q=0.3',), SVG), ((f",, {SVG} ,\t",), SVG), ((f"{SVG} ; Q=0.001, text/html",), SVG),
        (("application/json;q=1.000, image/svg+xml;q=1",), JSON), (("image/svg+xml;",), SVG),
    ],
)  # fmt: skip
def test_the_form_that_is_liked_best(accept: tuple[str, ...], form: str) -> None:
    assert answered(*accept) == form


@pytest.mark.rule("SUM-8")
@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/problem+json", "*/*;q=0", f"{JSON};q=0, image/*;q=0.0", "image/png"],
)
def test_what_cannot_be_served(accept: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        answered(accept)
    assert (refused.value.status_code, refused.value.code) == (406, "not_acceptable")
    assert refused.value.headers == {"Vary": "Accept"}
    assert JSON in refused.value.detail
    assert SVG in refused.value.detail


@pytest.mark.rule("SUM-8")
@pytest.mark.parametrize(
    "accept",
    ["json", "application/json image/svg+xml", "a/b;q", "a/b;q=2", "a/b;q=0.1234", "a/b;q=", "/", "*", "a/b/c", 'a/b;x="', "a/b;q=-1", "é/b"],
)  # fmt: skip
def test_what_cannot_be_read(accept: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        answered(accept)
    assert (refused.value.status_code, refused.value.code) == (400, "malformed_header")


def status(accept: str) -> int:
    try:
        return 200 if answered(accept) in {JSON, SVG} else 500
    except HttpProblem as refused:
        return refused.status_code


@given(st.text(st.characters(codec="latin-1")) | st.text(list(',;/*=q01. "\\ajsonimgv+x')))
def test_anything_is_answered_or_refused(accept: str) -> None:
    assert status(accept) in {200, 400, 406}


def test_long_headers_are_read_in_no_time_that_grows_beyond_them() -> None:
    for long in (
        "a/b;" + " ;" * 16_000,
        "a/b" + ";a=b" * 8_000 + "!",
        'a/b;x="' + "\\" * 32_000,
    ):
        assert status(long) in {400, 406}
    assert status("," * 32_000) == 200
