# SPDX-License-Identifier: GPL-2.0-only
"""What must add up, to the nanosecond, in every JSON report."""


def window(report):
    """The span that the report covers, in its own time: nanoseconds since the recording began."""
    span = report.get("window", {"start_ns": 0, "end_ns": report["wall_ns"]})
    return span["start_ns"], span["end_ns"]


def started_inside(report, task):
    """Whether the task began while the report's window was open: then its whole life is known."""
    return task["start_ns"] > window(report)[0]


def _task(task, first, last):
    name = f"task {task['tid']} {task['comm']!r}"
    parts = [task["running_ns"], task["runnable_ns"], task["blocked_ns"], task.get("unknown_ns", 0)]
    life = task["end_ns"] - task["start_ns"]
    if min(parts) < 0:
        yield f"{name}: a negative part in {parts}"
    if not first <= task["start_ns"] <= task["end_ns"] <= last:
        yield f"{name}: {task['start_ns']}..{task['end_ns']} is not within {first}..{last}"
    if sum(parts) != life:
        yield f"{name}: running + runnable + blocked + unknown = {sum(parts)}, lifetime {life}"
    by_cause = sum(task.get("blocked_by", {}).values())
    if by_cause != task["blocked_ns"]:
        yield f"{name}: blocked_by sums to {by_cause}, blocked_ns is {task['blocked_ns']}"


def _cpu(cpu, wall):
    name = f"cpu {cpu['cpu']}"
    parts = [cpu["workload_ns"], cpu["other_ns"], cpu["idle_ns"], cpu.get("unknown_ns", 0)]
    if min(parts) < 0:
        yield f"{name}: a negative part in {parts}"
    if sum(parts) != wall:
        yield f"{name}: workload + other + idle + unknown = {sum(parts)}, wall {wall}"
    if "idle_because" in cpu:
        causes = sum(row["ns"] for row in cpu.get("idle_because", []))
        if causes != cpu["idle_ns"]:
            yield f"{name}: idle_because sums to {causes}, idle_ns is {cpu['idle_ns']}"


def _by_cause(rows):
    sums = {}
    for row in rows:
        sums[row["cause"]] = sums.get(row["cause"], 0) + row["ns"]
    return sums


def _idle(report):
    """Idle time is told by cause and object for all CPUs, and by cause for each."""
    told = _by_cause(report["idle"]["by"])
    of_cpus = _by_cause(row for cpu in report["cpus"] for row in cpu.get("idle_because", []))
    if told != of_cpus:
        yield f"idle: by cause it is {told}, of all CPUs {of_cpus}"


def _sync(item):
    name = f"{item['kind']} {item['address']}"
    for holder in item.get("holders", []):
        if sum(holder["while"].values()) != holder["ns"]:
            yield f"{name}: a holder's while sums to {sum(holder['while'].values())}, " \
                  f"ns is {holder['ns']}"
    if "sites" not in item and "other_sites" not in item:
        return
    other = item.get("other_sites", {"waits": 0, "wait_ns": 0})
    for key in ("waits", "wait_ns"):
        found = sum(site[key] for site in item.get("sites", [])) + other[key]
        if found != item[key]:
            yield f"{name}: {key} of all sites sum to {found}, not to {item[key]}"


def _io(report):
    """What blocked in files, pipes, sockets and disks is told by thing and by task alike."""
    if "targets_omitted" in report["io"]:
        return
    for cause in ("file", "pipe", "network", "disk"):
        by_task = sum(task.get("blocked_by", {}).get(cause, 0) for task in report["tasks"])
        by_thing = sum(t["wait_ns"] for t in report["io"]["targets"] if t["cause"] == cause)
        if by_task != by_thing:
            yield f"{cause}: tasks were blocked {by_task}, by thing it is {by_thing}"


def _loop(loop):
    name = f"loop {loop['tid']} {loop['comm']!r}"
    if sum(loop["woken_by"].values()) != loop["waits"]:
        yield f"{name}: woken_by does not sum to waits"
    for turn in loop["longest"]:
        parts = [turn["running_ns"], turn["runnable_ns"], turn.get("unknown_ns", 0),
                 *turn.get("blocked_by", {}).values()]
        if sum(parts) != turn["ns"]:
            yield f"{name}: a turn's parts sum to {sum(parts)}, it took {turn['ns']}"


def _serial(report):
    parallelism = report["parallelism"]
    if "serial_ns" not in parallelism:
        return
    parts = sum(row["ns"] for row in parallelism["serial"])
    parts += parallelism.get("serial_omitted", {}).get("ns", 0)
    if parts != parallelism["serial_ns"]:
        yield f"serial sections sum to {parts}, serial_ns is {parallelism['serial_ns']}"
    alone = parallelism["serial_ns"] + parallelism["held_back_ns"]
    if alone > report["wall_ns"]:
        yield f"one thread ran for {alone} of {report['wall_ns']}"


def _path(report):
    path = report.get("critical_path")
    if path is None:
        return
    if path["ns"] != report["wall_ns"]:
        yield f"the critical path is {path['ns']} long, wall_ns is {report['wall_ns']}"
    for state in ("running", "runnable", "blocked", "unknown"):
        parts = sum(row["ns"] for row in path["by"] if row["state"] == state)
        if parts != path.get(f"{state}_ns", 0):
            yield f"the critical path's {state} parts sum to {parts}"
    if sum(row["ns"] for row in path["by"]) != path["ns"]:
        yield "the critical path's parts do not sum to its length"
    at = report["window"]["start_ns"]
    for segment in path["segments"]:
        if segment["start_ns"] != at or segment["end_ns"] <= at:
            yield f"the critical path has a gap or overlap at {at}"
        at = segment["end_ns"]
    if at != report["window"]["end_ns"] and path["ns"]:
        yield f"the critical path ends at {at}"


def _blame(report):
    blame = report["blame"]
    blocked = sum(task["blocked_ns"] for task in report["tasks"])
    by = sum(row["ns"] for row in blame["by"])
    if not blocked == blame["ns"] == by:
        yield f"tasks were blocked {blocked}, blame is {blame['ns']}, its parts sum to {by}"
    if blame["others_ns"] > blame["ns"]:
        yield "more is charged to others than there is"


def _finding(finding):
    """A cost says what it was taken from: of a replay if and only if there was one."""
    name, replayed = finding["code"], "without" in finding
    if ("cost_ns" in finding) != ("cost_from" in finding):
        yield f"{name}: a cost from nothing, or nothing from something"
    if replayed != (finding.get("cost_from") == "replay"):
        yield f"{name}: cost_from is {finding.get('cost_from')}, replayed: {replayed}"
    if replayed and "unpredicted" in finding:
        yield f"{name}: predicted, and not"


def problems(report):
    """Every sum that does not hold, one line each; an empty list is what is wanted."""
    wall = report["wall_ns"]
    first, last = window(report)
    found = []
    if last - first != wall:
        found.append(f"the window {first}..{last} is not wall_ns {wall} long")
    for task in report["tasks"]:
        found += _task(task, first, last)
    for cpu in report["cpus"]:
        found += _cpu(cpu, wall)
    on_cpus = sum(cpu["workload_ns"] for cpu in report["cpus"])
    in_tasks = sum(task["running_ns"] for task in report["tasks"])
    if on_cpus != in_tasks:
        found.append(f"CPUs ran the workload for {on_cpus}, its tasks ran for {in_tasks}")
    for item in report["sync"]:
        found += _sync(item)
    for loop in report.get("loops", []):
        found += _loop(loop)
    if "idle" in report:
        found += _idle(report)
    if "io" in report:
        found += _io(report)
    found += _serial(report)
    found += _path(report)
    if "blame" in report:
        found += _blame(report)
    for finding in report.get("findings", []):
        found += _finding(finding)
    return found
