# SPDX-License-Identifier: GPL-2.0-only
"""The judge: a row of table.py and a JSON report in, what was right and wrong out. Pure."""

from dataclasses import dataclass, field

from table import GOOD, NOTES

COUNTS = 0.05  # share from which on a finding is an alarm: what costs less is a remark
RIGHT, WRONG_SUBJECT, MISSING, FINE = "right", "wrong subject", "missing", "fine"


@dataclass
class Verdict:
    """What the report made of one program."""
    row: object
    answer: str                 # one of the above
    found: str = None           # the code of the finding that was expected
    place: int = None           # of that finding among the report's, from 1
    alarms: list = field(default_factory=list)  # findings that should not be there

    @property
    def good(self):
        return self.answer in (RIGHT, FINE) and not self.alarms


def told(finding, report):
    """All text by which a finding says whom or what it is about."""
    texts = [finding.get(key) for key in ("subject", "summary", "detail", "comm", "function")]
    for task in report.get("tasks", []):
        if task["tid"] == finding.get("tid"):
            texts.append(task["comm"])
    for sync in report.get("sync", []):
        if sync["id"] == finding.get("sync"):
            texts.append(sync.get("name"))
    return "\n".join(text for text in texts if text)


def names_it(row, finding, report):
    text = told(finding, report)
    return not row.subject or any(word in text for word in row.subject)


def is_alarm(finding, row):
    """Whether this says of the program what is not true of it, and loud enough to matter."""
    code = finding["code"]
    if code in NOTES or code in row.expect or code in row.accept:
        return False
    # That nothing is wrong is said as such, however much it is.
    return code == GOOD or finding["share"] >= COUNTS


def judge(row, report):
    """A Verdict on report["findings"]."""
    findings = report.get("findings", [])
    alarms = [finding for finding in findings if is_alarm(finding, row)]
    if not row.expect:
        return Verdict(row, FINE, alarms=alarms)
    expected = [(place, finding) for place, finding in enumerate(findings, 1)
                if finding["code"] in row.expect]
    if not expected:
        return Verdict(row, MISSING, alarms=alarms)
    named = [pair for pair in expected if names_it(row, pair[1], report)]
    place, finding = (named or expected)[0]
    return Verdict(row, RIGHT if named else WRONG_SUBJECT, finding["code"], place, alarms)


@dataclass
class Line:
    """The sums of one code."""
    code: str
    programs: int = 0     # that have the fault
    found: int = 0
    right: int = 0        # of them: with the right subject
    alike: int = 0        # programs that look like it
    false_alarms: int = 0  # findings of this code where it is not true

    @property
    def precision(self):
        said = self.found + self.false_alarms
        return self.found / said if said else None

    @property
    def recall(self):
        return self.found / self.programs if self.programs else None


def sums(verdicts):
    """A Line per code, in the order in which the rows bring them up, and one for all."""
    lines, total = {}, Line("all")

    def line(code):
        return lines.setdefault(code, Line(code))

    for verdict in verdicts:
        row = verdict.row
        # One found under another of the codes that will do is found.
        for at in (line(row.code), total):
            at.programs += bool(row.expect)
            at.alike += not row.expect
            at.found += verdict.found is not None
            at.right += verdict.answer == RIGHT
        for finding in verdict.alarms:
            line(finding["code"]).false_alarms += 1
            total.false_alarms += 1
    return [*lines.values(), total]
