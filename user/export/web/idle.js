// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why CPUs were idle, over time. The rule is the report's (docs/report.md, idle): a thread explains
 * at most one idle CPU; first threads whose state is not known, then those that could run, by what
 * kept them from it, then those that are blocked, by what in; for the rest there was no thread.
 * Sums over all of the recording are the report's: a test compares them.
 */
const JUST_WOKEN_NS = 50000; // for so long, waking a thread is what its CPU is idle for
const IDLE_WORDS = ['wakeup', 'balance', 'affinity', 'throttled', 'no-thread', 'unknown'];

// Sources of changes, by the time of the next one: the earliest is heap[0].
class Sources {
	constructor(times) {
		this.times = times;
		this.heap = Uint32Array.from(times.keys());
		for (let i = this.heap.length >> 1; i-- > 0;)
			this.sink(i);
	}

	// Its time has become later.
	sink(i) {
		const {heap, times} = this, n = heap.length, moved = heap[i], time = times[moved];
		for (;;) {
			let child = 2 * i + 1;
			if (child >= n)
				break;
			if (child + 1 < n && times[heap[child + 1]] < times[heap[child]])
				child++;
			if (times[heap[child]] >= time)
				break;
			heap[i] = heap[child];
			i = child;
		}
		heap[i] = moved;
	}
}

// Threads that may run on the same CPUs and wait for one.
class ReadySet {
	constructor(words) {
		this.cpus = words.length ? words.map(word => BigInt('0x' + word)) : undefined;
		this.wakeup = this.balance = this.idle = 0;
	}

	has(cpu) { return !this.cpus || !!((this.cpus[cpu >> 6] ?? 0n) >> BigInt(cpu & 63) & 1n); }
}

class IdleSweep {
	constructor(trace, from, to, cells) {
		const {kinds, cpus, tasks} = trace;
		Object.assign(this, {trace, from, to, now: from, cells, cell: (to - from) / cells, idle: 0, ncauses: kinds.causes.length,
			blocked: new Uint32Array(kinds.causes.length), counted: [0, 0], unknown: 0, throttled: 0,
			sets: trace.names.allowed.map(words => new ReadySet(words)), rates: new Float64Array(kinds.causes.length + IDLE_WORDS.length),
			sums: new Map(), lanes: [...cpus, ...tasks], stale: true});
		this.ends = new Uint8Array(kinds.causes.length); // those that wait for another one's end
		kinds.causes.forEach(([name], i) => { this.ends[i] = name === 'join' || name === 'child' ? 1 : 0; });
		const n = this.lanes.length;
		this.at = new Int32Array(n).fill(-1); // the slice that goes on
		this.woken = new Float64Array(n); // when its thread is no longer one that was just woken; 0: was told, or never
		const times = new Float64Array(n);
		this.lanes.forEach((slices, s) => {
			const i = slices.n ? slices.at(from) : -1;
			if (i >= 0 && i < slices.first + slices.n && slices.start[i + 1] > from)
				this.enter(s, i, times);
			else
				times[s] = slices.n && slices.begin() > from ? slices.begin() : Infinity;
		});
		this.sources = new Sources(times);
	}

	// The slice i of source s begins, or is under way.
	enter(s, i, times) {
		const {start, kind, ref} = this.lanes[s], k = kind[i];
		this.at[s] = i;
		times[s] = start[i + 1];
		this.woken[s] = 0;
		if (s < this.trace.cpus.length)
			return k === NONE ? this.cpu(s, 1) : undefined;
		if (k >= BLOCKED)
			return this.block(k - BLOCKED, 1);
		if (k === WOKEN || k === PREEMPTED) {
			const soon = start[i] + JUST_WOKEN_NS, set = this.sets[ref[i]];
			if (k === WOKEN && this.now < soon) {
				set.wakeup++;
				if (soon < start[i + 1])
					times[s] = this.woken[s] = soon;
			} else {
				set.balance++;
			}
		} else if (k === THROTTLED) {
			this.throttled++;
		} else if (k === UNKNOWN) {
			this.unknown++;
		}
		return undefined;
	}

	leave(s) {
		const i = this.at[s], {start, kind, ref} = this.lanes[s], k = kind[i];
		if (s < this.trace.cpus.length)
			return k === NONE ? this.cpu(s, -1) : undefined;
		if (k >= BLOCKED)
			return this.block(k - BLOCKED, -1);
		if (k === WOKEN && start[i + 1] - start[i] <= JUST_WOKEN_NS)
			this.sets[ref[i]].wakeup--;
		else if (k === WOKEN || k === PREEMPTED)
			this.sets[ref[i]].balance--;
		else if (k === THROTTLED)
			this.throttled--;
		else if (k === UNKNOWN)
			this.unknown--;
		return undefined;
	}

	cpu(cpu, by) {
		this.idle += by;
		for (const set of this.sets)
			if (set.has(cpu))
				set.idle += by;
	}

	block(cause, by) {
		this.blocked[cause] += by;
		this.counted[this.ends[cause]] += by;
	}

	// How many idle CPUs each cause explains now.
	rate() {
		const {rates, ncauses} = this;
		let left = this.idle, wakeup = 0, balance = 0, affinity = 0;
		const take = n => {
			const taken = Math.min(n, left);
			left -= taken;
			return taken;
		};
		for (const set of this.sets) {
			if (set.idle) {
				wakeup += set.wakeup;
				balance += set.balance;
			} else {
				affinity += set.wakeup + set.balance;
			}
		}
		rates[ncauses + 5] = take(this.unknown);
		const ready = wakeup + balance, n = take(ready);
		rates[ncauses] = ready ? n * wakeup / ready : 0;
		rates[ncauses + 1] = ready ? n * balance / ready : 0;
		rates[ncauses + 2] = take(affinity);
		rates[ncauses + 3] = take(this.throttled);
		// Who only waits for an end counts if nobody else is blocked.
		const group = this.counted[0] ? 0 : 1, threads = this.counted[group], each = threads ? take(threads) / threads : 0;
		for (let c = 0; c < ncauses; c++)
			rates[c] = this.ends[c] === group ? this.blocked[c] * each : 0;
		rates[ncauses + 4] = left;
		this.stale = false;
	}

	pass(to) {
		const {now, rates, cell, cells} = this;
		this.now = to;
		if (!this.idle || to <= now)
			return;
		if (this.stale)
			this.rate();
		for (let cause = 0; cause < rates.length; cause++) {
			if (!rates[cause])
				continue;
			let sums = this.sums.get(cause);
			if (!sums)
				this.sums.set(cause, sums = new Float64Array(cells));
			let c = Math.min(cells - 1, Math.floor((now - this.from) / cell)), begin = now;
			for (; begin < to; c++) {
				const end = c + 1 >= cells ? to : Math.min(to, this.from + (c + 1) * cell);
				sums[c] += rates[cause] * (end - begin);
				begin = Math.max(end, begin);
			}
		}
	}

	// Up to so many changes; false when the end is reached.
	run(changes) {
		const {sources} = this, {heap, times} = sources;
		while (changes-- > 0) {
			const s = heap[0], time = heap.length ? times[s] : Infinity;
			if (time >= this.to) {
				this.pass(this.to);
				return false;
			}
			this.pass(time);
			this.stale = true;
			this.change(s, time);
			sources.sink(0);
		}
		return true;
	}

	change(s, time) {
		const {times} = this.sources, slices = this.lanes[s], i = this.at[s];
		if (i >= 0 && this.woken[s] === time) {
			const set = this.sets[slices.ref[i]];
			set.wakeup--;
			set.balance++;
			this.woken[s] = 0;
			times[s] = slices.start[i + 1];
			return;
		}
		if (i >= 0)
			this.leave(s);
		const next = i < 0 ? slices.first : i + 1;
		this.at[s] = -1;
		times[s] = Infinity;
		if (next < slices.first + slices.n)
			this.enter(s, next, times);
	}
}

// Idle CPUs by cause over time: on a grid once that is made, and exact where that is too coarse.
class IdleCauses {
	constructor(trace) {
		this.trace = trace;
		let cells = 4096;
		while (cells < trace.columns.task.length / 4 && cells < 1 << 18)
			cells *= 2;
		this.sweep = new IdleSweep(trace, trace.start, Math.max(trace.start + 1, trace.end), cells);
		this.order = [];
	}

	name(cause) {
		const {causes} = this.trace.kinds;
		return cause < causes.length ? causes[cause][0] : IDLE_WORDS[cause - causes.length];
	}

	look(cause) {
		const {causes, look} = this.trace.kinds, word = cause - causes.length;
		return word < 0 ? look[BLOCKED + cause] : word < 4 ? LOOK.runnable : word === 4 ? LOOK.none : LOOK.unknown;
	}

	// A part at a time, so that the page stays alive; then() when it is ready.
	begin(then) {
		const step = () => {
			const until = performance.now() + 12;
			while (this.sweep.run(2000))
				if (performance.now() > until)
					return setTimeout(step, 4);
			this.ready();
			return then();
		};
		setTimeout(step, 50);
	}

	ready() {
		const {sums, cell, cells} = this.sweep;
		this.levels = new Map();
		this.cell = cell;
		const total = cause => sums.get(cause).reduce((a, b) => a + b, 0);
		this.totals = new Map([...sums.keys()].map(cause => [cause, total(cause)]));
		this.order = [...this.totals.keys()].sort((a, b) => this.totals.get(b) - this.totals.get(a));
		for (const [cause, values] of sums) {
			const levels = [Float32Array.from(values, ns => ns / cell)];
			for (let n = cells / 2; n >= CELLS_LEAST; n /= 2) {
				const below = levels[levels.length - 1];
				levels.push(Float32Array.from({length: n}, (_, i) => (below[2 * i] + below[2 * i + 1]) / 2));
			}
			this.levels.set(cause, levels);
		}
		this.sweep = undefined;
	}

	// For each cause that there is: how many CPUs in each of `width` pixels. Undefined: not ready yet.
	sample(from, perPixel, width) {
		if (!this.levels)
			return undefined;
		const key = `${from} ${perPixel} ${width}`;
		if (this.key === key)
			return this.sampled;
		this.key = key;
		this.sampled = perPixel < 2 * this.cell ? this.exact(from, perPixel, width) : this.coarse(from, perPixel, width);
		return this.sampled;
	}

	exact(from, perPixel, width) {
		const sweep = new IdleSweep(this.trace, from, from + perPixel * width, width);
		while (sweep.run(1e6));
		for (const sums of sweep.sums.values())
			for (let x = 0; x < width; x++)
				sums[x] /= perPixel;
		return sweep.sums;
	}

	coarse(from, perPixel, width) {
		const level = Math.min(this.levels.get(this.order[0])?.length - 1, Math.floor(Math.log2(perPixel / this.cell)));
		const cell = this.cell * 2 ** level, made = new Map();
		for (const [cause, levels] of this.levels) {
			const values = levels[level], means = new Float64Array(width);
			for (let x = 0; x < width; x++) {
				const begin = (from + x * perPixel - this.trace.start) / cell, end = begin + perPixel / cell;
				for (let c = Math.max(0, Math.floor(begin)); c < Math.min(values.length, end); c++)
					means[x] += values[c] * (Math.min(end, c + 1) - Math.max(begin, c)) / (end - begin);
			}
			made.set(cause, means);
		}
		return made;
	}

	// [cause, ns] in a range of time, the longest first.
	between(from, to) {
		const sweep = new IdleSweep(this.trace, Math.max(from, this.trace.start), Math.min(to, this.trace.end), 1);
		while (sweep.run(1e6));
		return [...sweep.sums].map(([cause, [ns]]) => [cause, ns]).sort((a, b) => b[1] - a[1]);
	}
}
