// SPDX-License-Identifier: GPL-2.0-only
// Samples of what ran: where each thread was when a CPU was looked at.
const MOST_FUNCTIONS = 10; // in a list of the hottest

class Samples {
	constructor(names, columns) {
		const task = columns['sample-task'], gap = columns['sample-gap'], n = task.length;
		Object.assign(this, {names, n, time: new Float64Array(n), leaf: new Uint32Array(n), stack: new Uint32Array(n),
			kernel: new Uint8Array(n), first: new Uint32Array(names.tasks.length + 1)});
		for (let i = 0; i < n; i++)
			this.first[task[i] + 1]++;
		for (let t = 0; t < names.tasks.length; t++)
			this.first[t + 1] += this.first[t];
		const next = this.first.slice();
		for (let i = 0, now = 0; i < n; i++) {
			const place = next[task[i]]++;
			now += gap[i];
			this.time[place] = now;
			this.leaf[place] = columns['sample-leaf'][i];
			this.stack[place] = columns['sample-stack'][i];
			this.kernel[place] = columns['sample-kernel'][i];
		}
	}

	// Places of the task's samples from `from` on, and before `to`.
	between(task, from, to) {
		return [this.seek(task, from), this.seek(task, to)];
	}

	seek(task, ns) {
		let low = this.first[task], high = this.first[task + 1];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.time[middle] < ns)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	// [function, module, in the kernel, file, line]
	where(i) {
		const frame = this.names.frames[this.names.leaves[this.leaf[i] - 1]?.[0]];
		if (!frame)
			return ['?', '', this.kernel[i], '', 0];
		const [name, near, file, line, module, address] = frame;
		return [(near ? 'near ' : '') + (name || `${module || '?'}+${address}`), module, this.kernel[i], file, line];
	}

	// Functions that the samples of these tasks were in, the most frequent first.
	hottest(tasks, from, to) {
		const seen = new Map();
		let n = 0;
		for (const task of tasks) {
			const [low, high] = this.between(task, from, to);
			n += high - low;
			for (let i = low; i < high; i++) {
				// Samples of one place are alike: only the first one's function is looked up.
				const key = 2 * this.leaf[i] + this.kernel[i];
				const known = seen.get(key);
				if (known)
					known.n++;
				else
					seen.set(key, {n: 1, i});
			}
		}
		const functions = new Map();
		for (const place of seen.values()) {
			const [name, module, kernel, file, line] = this.where(place.i), key = JSON.stringify([name, module, kernel]);
			const row = functions.get(key) ?? {name, module, kernel, file, line, n: 0, most: 0};
			row.n += place.n;
			if (place.n > row.most) // the line that was hit most often
				Object.assign(row, {most: place.n, file, line});
			functions.set(key, row);
		}
		return {n, rows: [...functions.values()].sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1))};
	}
}
