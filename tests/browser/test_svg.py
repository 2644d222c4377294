# SPDX-License-Identifier: GPL-2.0-only
"""The SVG picture in a real browser: no words upon words, nothing beyond its edges, two themes."""

import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")

from pages import CONCTRACE, run  # noqa: E402

# Words that lie on other words, or leave the picture or their lane's name's room; in words.
OVERLAPS = """
const root = document.documentElement, found = [];
const texts = [...root.querySelectorAll('text')].map(t => ({t, b: t.getBoundingClientRect()}));
for (const {t, b} of texts) {
    if (b.left < 0 || b.right > root.width.baseVal.value || b.bottom > root.height.baseVal.value)
        found.push('beyond the edge: ' + t.textContent);
    if (t.classList.contains('name') && b.right > 184)
        found.push('into the lane: ' + t.textContent);
    for (const o of texts)
        if (o.t !== t && b.left < o.b.right - 1 && o.b.left < b.right - 1 &&
            b.top < o.b.bottom - 3 && o.b.top < b.bottom - 3)
            found.push(t.textContent + ' | ' + o.t.textContent);
}
return found;
"""


def show(page, path, dark=False):
    page.prefer("dark" if dark else "light")
    page.driver.get(f"file://{path}")


def colour(page, name):
    return page("return getComputedStyle(document.querySelector(arguments[0])).fill", name)


@pytest.fixture(name="trace", scope="module", params=["generated", "recorded"])
def fixture_trace(request):
    return str(request.getfixturevalue(request.param)).replace(".html", ".data")


@pytest.mark.parametrize("part", [(), ("--from", "40%", "--to", "40.2%"), ("--to", "700us")])
def test_layout(page, trace, tmp_path, part):
    path = tmp_path / "picture.svg"
    run(CONCTRACE, "export", trace, "--svg", str(path), *part)
    show(page, path)
    assert page("return document.documentElement.tagName") == "svg"
    assert page("return document.querySelectorAll('path').length") > 10
    assert page(OVERLAPS) == []


def test_themes(page, trace, tmp_path):
    path = tmp_path / "picture.svg"
    run(CONCTRACE, "export", trace, "--svg", str(path))
    show(page, path)
    assert colour(page, "rect.page") == "rgb(255, 255, 255)"
    assert colour(page, "text.title") == "rgb(23, 25, 28)"
    show(page, path, dark=True)
    assert colour(page, "rect.page") == "rgb(21, 23, 26)"
    assert colour(page, "text.title") == "rgb(236, 238, 241)"
    assert "conctrace-" in colour(page, "path.runnable")
