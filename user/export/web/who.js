// SPDX-License-Identifier: GPL-2.0-only
// Who blocked whom: from a slice to those that it waited for, and to those that waited for it.
const MOST_WAITERS = 12; // listed

// Who woke the task, for a slice of its lane: that of the blocked one, or of the one just before.
function wakeOf(trace, lane, index) {
	if (lane.type !== 'task')
		return undefined;
	const {kind, ref, start, first} = lane.slices;
	for (let i = index; i >= first && i >= index - 2; i--) {
		if (kind[i] < BLOCKED)
			continue;
		const waker = trace.columns['task-waker'][ref[i]];
		return {ns: start[i + 1], source: waker, task: waker >= 8 ? waker - 8 : undefined, ref: ref[i]};
	}
	return undefined;
}

// Who held what a blocked slice waited for, when the wait began.
function holderOf(trace, lane, index) {
	if (lane.type !== 'task' || lane.slices.kind[index] < BLOCKED)
		return undefined;
	const value = trace.columns['task-holder'][lane.slices.ref[index]];
	return value ? {task: value - 1 >>> 2, confidence: (value - 1) % 4, ns: lane.slices.start[index]} : undefined;
}

// [kind, ns] of what a task did in a range of time, the longest first.
function didMeanwhile(slices, kinds, from, to) {
	const {start, kind, first, n} = slices, sums = new Float64Array(kinds.count);
	for (let i = Math.max(first, slices.at(from)); i < first + n && start[i] < to; i++) {
		const part = Math.min(to, start[i + 1]) - Math.max(from, start[i]);
		if (part > 0)
			sums[kind[i]] += part;
	}
	return [...sums.entries()].filter(([k, ns]) => ns && k !== NONE).sort((a, b) => b[1] - a[1]);
}

// Who held the object in a range of time: {task (undefined: not known), ns, from, did}, the longest first.
function heldBy(trace, object, from, to) {
	const holds = trace.holds.get(object), who = trace.columns['hold-task'], found = new Map();
	if (!holds?.n)
		return [];
	const {start, kind, ref, first, n} = holds;
	for (let i = Math.max(first, holds.at(from)); i < first + n && start[i] < to; i++) {
		const low = Math.max(from, start[i]), high = Math.min(to, start[i + 1]);
		if (!kind[i] || high <= low)
			continue;
		const task = who[ref[i]] ? who[ref[i]] - 1 >>> 2 : undefined;
		if (!found.has(task))
			found.set(task, {task, ns: 0, from: low, did: new Map()});
		const row = found.get(task);
		row.ns += high - low;
		if (task !== undefined && trace.tasks[task].n)
			for (const [k, ns] of didMeanwhile(trace.tasks[task], trace.kinds, low, high))
				row.did.set(k, (row.did.get(k) ?? 0) + ns);
	}
	return [...found.values()].sort((a, b) => b.ns - a.ns);
}

// Slices of tasks that waited for the object in a range of time: [lane, place, ns of it in the range].
function waitersOf(trace, lanes, object, from, to) {
	const what = trace.columns['task-what'], found = [];
	for (const lane of lanes.byTask.values()) {
		const {slices} = lane, {start, kind, ref, first, n} = slices;
		let best = -1, sum = 0;
		for (let i = Math.max(first, slices.at(from)); i < first + n && start[i] < to; i++) {
			if (kind[i] < BLOCKED || what[ref[i]] !== 1 + 2 * object)
				continue;
			const part = Math.min(to, start[i + 1]) - Math.max(from, start[i]);
			sum += Math.max(0, part);
			if (part > 0 && (best < 0 || start[i + 1] - start[i] > start[best + 1] - start[best]))
				best = i;
		}
		if (best >= 0)
			found.push([lane, best, sum]);
	}
	return found.sort((a, b) => b[2] - a[2]);
}

// The longest wait for an object, of any task.
function longestWait(trace, lanes, object) {
	const what = trace.columns['task-what'];
	let found;
	for (const lane of lanes.byTask.values()) {
		const {start, kind, ref, first, n} = lane.slices;
		for (let i = first; i < first + n; i++)
			if (kind[i] >= BLOCKED && what[ref[i]] === 1 + 2 * object && (!found || start[i + 1] - start[i] > found.ns))
				found = {lane, index: i, ns: start[i + 1] - start[i]};
	}
	return found;
}
