// SPDX-License-Identifier: GPL-2.0-only
// From the data in the page to typed arrays: slices of each task, one after the other.

function fromBase64(text) {
	if (Uint8Array.fromBase64) // browsers of 2025 and later: ten times as fast
		return Uint8Array.fromBase64(text);
	const binary = atob(text), bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++)
		bytes[i] = binary.charCodeAt(i);
	return bytes;
}

async function inflate(id) {
	const node = byId('data-' + id), text = node.textContent, bytes = fromBase64(text), {dataset} = document.documentElement;
	dataset.packed = Number(dataset.packed ?? 0) + text.length;
	node.remove(); // it is of no more use, and large
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function inflateJson(id) {
	return JSON.parse(new TextDecoder().decode(await inflate(id)));
}

// LEB128 numbers, all of a column at once.
function numbers(bytes) {
	let n = 0;
	for (let i = 0; i < bytes.length; i++)
		n += bytes[i] < 128;
	const values = new Float64Array(n);
	for (let i = 0, k = 0; k < n; k++) {
		let byte = bytes[i++], value = byte & 127;
		for (let scale = 128; byte > 127; scale *= 128) {
			byte = bytes[i++];
			value += (byte & 127) * scale;
		}
		values[k] = value;
	}
	return values;
}

const unzigzag = value => value % 2 ? -(value + 1) / 2 : value / 2;

const COLUMN_NAMES = ['task', 'task-ns', 'task-kind', 'task-cpu', 'task-allowed', 'task-what', 'task-holder', 'task-waker',
	'task-stack', 'waker-stack', 'cpu', 'cpu-gap', 'cpu-ns', 'cpu-task', 'hold', 'hold-gap', 'hold-ns',
	'hold-task', 'disk', 'disk-gap', 'disk-ns', 'disk-op', 'disk-bytes', 'disk-task', 'sample-task', 'sample-gap',
	'sample-leaf', 'sample-stack', 'sample-kernel'];

async function readColumns() {
	const read = await Promise.all(COLUMN_NAMES.map(inflate));
	return Object.fromEntries(COLUMN_NAMES.map((name, i) => [name, numbers(read[i])]));
}

/*
 * Slices of one lane: start[first .. first + n], where start[first + n] is the end of the last one;
 * kind and ref likewise. What ref means depends on the lane.
 */
class Slices {
	constructor(start, kind, ref, first, n) {
		Object.assign(this, {start, kind, ref, first, n});
	}

	// The slice at that time: the last one that began by then; -1 before the first.
	at(ns) {
		let low = this.first, high = this.first + this.n;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.start[middle] <= ns)
				low = middle + 1;
			else
				high = middle;
		}
		return low > this.first ? low - 1 : -1;
	}

	begin() { return this.n ? this.start[this.first] : 0; }

	end() { return this.n ? this.start[this.first + this.n] : 0; }
}

// Tasks' slices, sorted by task. ref: the CPU of a running one, of a runnable one where it may run, the place in
// blocked columns of others.
function sortTasks(columns, ntasks) {
	const task = columns.task, ns = columns['task-ns'], kinds = columns['task-kind'], cpus = columns['task-cpu'],
		allowed = columns['task-allowed'];
	const counts = new Uint32Array(ntasks);
	for (let i = 0; i < task.length; i++)
		counts[task[i]]++;
	const firsts = new Uint32Array(ntasks + 1);
	for (let t = 0; t < ntasks; t++)
		firsts[t + 1] = firsts[t] + counts[t] + (counts[t] ? 1 : 0);
	const total = firsts[ntasks], start = new Float64Array(total), kind = new Uint8Array(total);
	const ref = new Uint32Array(total), next = firsts.slice(0, ntasks), end = new Float64Array(ntasks);
	for (let i = 0, cpu = 0, runnable = 0, blocked = 0; i < task.length; i++) {
		const t = task[i], k = kinds[i], place = next[t]++;
		start[place] = end[t];
		kind[place] = k;
		ref[place] = k === RUNNING ? cpus[cpu++] : k >= BLOCKED ? blocked++ :
			k === WOKEN || k === PREEMPTED || k === THROTTLED ? allowed[runnable++] : 0;
		end[t] += ns[i];
		start[place + 1] = end[t];
	}
	// The first one is the time before the task was there: no slice.
	return Array.from(counts, (n, t) => {
		const skip = n && kind[firsts[t]] === NONE ? 1 : 0;
		return new Slices(start, kind, ref, firsts[t] + skip, n - skip);
	});
}

// Intervals in the order they come in, in arrays that grow.
class Pieces {
	constructor(room = 64) {
		this.n = 0;
		this.start = new Float64Array(room);
		this.end = new Float64Array(room);
		this.kind = new Uint8Array(room);
		this.ref = new Uint32Array(room);
	}

	add(start, end, kind, ref) {
		const i = this.n++;
		if (i === this.start.length)
			this.grow();
		this.start[i] = start;
		this.end[i] = end;
		this.kind[i] = kind;
		this.ref[i] = ref;
	}

	grow() {
		for (const name of ['start', 'end', 'kind', 'ref']) {
			const old = this[name];
			this[name] = new old.constructor(2 * old.length);
			this[name].set(old);
		}
	}

	// Places by time; undefined if they are in their order already.
	order() {
		const {start, n} = this;
		for (let i = 1; i < n; i++)
			if (start[i] < start[i - 1])
				return Uint32Array.from({length: n}, (_, k) => k).sort((a, b) => start[a] - start[b]);
		return undefined;
	}
}

// Slices from pieces that do not overlap: gaps between them become slices of kind NONE.
function sliceUp(pieces, from, to) {
	const order = pieces.order(), room = 2 * pieces.n + 1;
	const start = new Float64Array(room + 1), kind = new Uint8Array(room), ref = new Uint32Array(room);
	let now = from, n = 0;
	for (let k = 0; k < pieces.n; k++) {
		const i = order ? order[k] : k, s = Math.max(now, pieces.start[i]), e = pieces.end[i];
		if (e <= s)
			continue;
		if (s > now)
			start[n++] = now;
		start[n] = s;
		kind[n] = pieces.kind[i];
		ref[n++] = pieces.ref[i];
		now = e;
	}
	if (to > now)
		start[n++] = now;
	start[n] = Math.max(now, to);
	return new Slices(start, kind, ref, 0, n);
}

const CPU_WORK = 1, CPU_OTHER = 2, CPU_LOST = 3;

// What each CPU did; ref: the task.
function sortCpus(columns, tasks, ncpus, from, to) {
	const pieces = Array.from({length: ncpus}, () => new Pieces());
	tasks.forEach((slices, id) => {
		for (let i = slices.first; i < slices.first + slices.n; i++)
			if (slices.kind[i] === RUNNING)
				pieces[slices.ref[i]]?.add(slices.start[i], slices.start[i + 1], CPU_WORK, id);
	});
	const ends = new Float64Array(ncpus);
	columns.cpu.forEach((cpu, i) => {
		if (cpu >= ncpus)
			return;
		const start = ends[cpu] + columns['cpu-gap'][i], who = columns['cpu-task'][i];
		ends[cpu] = start + columns['cpu-ns'][i];
		pieces[cpu].add(start, ends[cpu], who ? CPU_OTHER : CPU_LOST, who ? who - 1 : 0);
	});
	return pieces.map(p => sliceUp(p, from, to));
}

const HELD = 1;

// Who held each object; ref: place in the hold columns.
function sortHolds(columns, from, to) {
	const pieces = new Map(), ends = new Map();
	columns.hold.forEach((object, i) => {
		if (!pieces.has(object))
			pieces.set(object, new Pieces());
		const start = (ends.get(object) ?? 0) + unzigzag(columns['hold-gap'][i]), end = start + columns['hold-ns'][i];
		ends.set(object, end);
		pieces.get(object).add(start, end, HELD, i);
	});
	return new Map([...pieces].map(([object, p]) => [object, sliceUp(p, from, to)]));
}

// How many at once over time: a step function from intervals; ref: the value.
function stepUp(starts, ends, from, to) {
	const up = Float64Array.from(starts).sort(), down = Float64Array.from(ends).sort(), pieces = new Pieces();
	let most = 0;
	for (let i = 0, k = 0, now = from, value = 0; k < down.length;) {
		const next = i < up.length ? Math.min(up[i], down[k]) : down[k];
		if (next > now && value)
			pieces.add(now, next, 1, value);
		now = next;
		while (i < up.length && up[i] === now) { value++; i++; }
		while (k < down.length && down[k] === now) { value--; k++; }
		most = Math.max(most, value);
	}
	return {slices: sliceUp(pieces, from, to), most};
}

class Trace {
	static async read() {
		const [names, report, columns] = await Promise.all([inflateJson('names'), inflateJson('report'), readColumns()]);
		return new Trace(names, report, columns);
	}

	constructor(names, report, columns) {
		Object.assign(this, {names, report, columns, start: names.start, end: names.end});
		this.kinds = new Kinds(names.causes);
		this.tasks = sortTasks(columns, names.tasks.length);
		this.cpus = sortCpus(columns, this.tasks, names.cpus, this.start, this.end);
		this.holds = sortHolds(columns, this.start, this.end);
		this.objectNames = new Map(names.named);
		this.samples = new Samples(names, columns);
		this.slices = columns.task.length + this.cpus.reduce((sum, c) => sum + c.n, 0) + columns.hold.length;
	}

	taskName(id) {
		const [tid, , , comm] = this.names.tasks[id];
		return shown(comm || '?') + ' ' + tid;
	}

	objectName(id) {
		const [kind, , address, shared] = this.names.objects[id];
		return this.names.causes[kind][0] + ' ' +
			shown(this.objectNames.get(id) ?? address + (shared ? ' (shared)' : ''));
	}

	// How many wait for the object, over time. All objects' waits are found in one go.
	waits(object) {
		this.waiting ??= this.allWaits();
		const pieces = this.waiting.get(object) ?? new Pieces();
		return stepUp(pieces.start.subarray(0, pieces.n), pieces.end.subarray(0, pieces.n), this.start, this.end);
	}

	allWaits() {
		const what = this.columns['task-what'], all = new Map();
		for (const {start, kind, ref, first, n} of this.tasks) {
			for (let i = first; i < first + n; i++) {
				if (kind[i] < BLOCKED || what[ref[i]] % 2 === 0)
					continue;
				const object = (what[ref[i]] - 1) / 2;
				if (!all.has(object))
					all.set(object, new Pieces());
				all.get(object).add(start[i], start[i + 1], 1, 0);
			}
		}
		return all;
	}

	// Indices of frames, innermost first, and whether the outermost is there.
	stack(id) {
		const list = id ? this.names.stacks[id - 1] : undefined;
		return list && list.length > 1
			? {complete: !!list[0], frames: list.slice(1).map(i => this.names.frames[i])} : undefined;
	}
}
