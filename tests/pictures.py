# SPDX-License-Identifier: GPL-2.0-only
"""Reads SVG pictures of `conctrace export --svg` back: lanes as pixels, texts, what must not be there."""

import collections
import os
import re
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
LEFT, COLUMNS, COLUMN = 184, 400, 2
ELEMENTS = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "g", "text"}
ATTRIBUTES = {"class", "width", "height", "viewBox", "role", "aria-labelledby", "version", "id", "x",
              "y", "d", "patternUnits", "transform", "shape-rendering", "text-anchor"}
WEB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "user", "export", "web")
LOOKS = ["none", "running", "runnable", "lock", "partner", "io", "sleep", "unknown"]


def script(name):
    """A script of the page for the browser, whose looks the picture shares."""
    with open(os.path.join(WEB, name), encoding="utf-8") as text:
        return text.read()


def look_of_causes():
    """Causes that the page gives a look of their own; all others are drawn like sleep."""
    table = script("kinds.js").split("CAUSE_LOOK = {")[1].split("}")[0]
    return dict(re.findall(r"(\w+): LOOK\.(\w+)", table))


def read(text):
    """The picture's root, of well-formed XML that holds nothing but shapes, words and styles."""
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and root.get("version") == "1.1"
    assert root[0].tag == SVG + "title" and root[1].tag == SVG + "desc"
    assert root.get("aria-labelledby").split() == [root[0].get("id"), root[1].get("id")]
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS, element.tag
        assert set(element.attrib) <= ATTRIBUTES, element.attrib
        assert not any("url(" in value or ":" in value for value in element.attrib.values())
    assert set(re.findall(r"url\([^)]*\)|@import", root.find(SVG + "style").text)) <= {
        f"url(#{pattern.get('id')})" for pattern in root.iter(SVG + "pattern")}
    return root


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(SVG + "text")]


def outline(data):
    """(column, height from, to) of a path's columns; y as it is in the picture."""
    x = top = bottom = 0
    for command, first, second in re.findall(r"([MVhz])(\d+)?(?: (\d+))?", data):
        if command == "M":
            x, top, bottom = int(first), int(second), int(second)
        elif command == "V":
            top = int(first)
        elif command == "h":
            for _ in range(int(first) // COLUMN):
                yield (x - LEFT) // COLUMN, top, bottom
                x += COLUMN


def tracks(group):
    """What is seen of each class in each lane of the group, as cells; and how many it has."""
    found = []
    for shape in group:
        if shape.get("class") == "track":
            y, height = int(shape.get("y")), int(shape.get("height"))
            found.append(({}, y + height, COLUMNS * height))
        if shape.tag != SVG + "path":
            continue
        for column, top, bottom in outline(shape.get("d")):
            assert bottom == found[-1][1] and 0 <= column < COLUMNS
            for row in range(top, bottom):
                found[-1][0][column, row] = shape.get("class")
    return [(collections.Counter(seen.values()), whole) for seen, _, whole in found]


def lanes(root):
    """Lanes by what their titles begin with, up to the colon; of a lock its holders."""
    return {group.find(SVG + "title").text.split(": ")[0]: tracks(group)[0]
            for group in root.iter(SVG + "g") if group.find(SVG + "title") is not None}


def looks_of(task):
    """The time of a thread of the report by what its lane shows it as."""
    times = collections.Counter(running=task["running_ns"], runnable=task.get("runnable_ns", 0),
                                unknown=task.get("unknown_ns", 0))
    looks = look_of_causes()
    for cause, ns in task.get("blocked_by", {}).items():
        times[looks.get(cause, "sleep")] += ns
    return times
