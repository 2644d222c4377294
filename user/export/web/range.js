// SPDX-License-Identifier: GPL-2.0-only
// Where each task's time went between two times, from the slices: exact, in whole nanoseconds.

class Partition {
	constructor(trace, lanes, from, to) {
		from = Math.max(trace.start, Math.round(from));
		to = Math.min(trace.end, Math.round(to));
		Object.assign(this, {from, to, length: Math.max(0, to - from), kinds: trace.kinds});
		this.rows = [];
		this.total = new Float64Array(trace.kinds.count);
		for (const lane of lanes.byTask.values()) {
			const row = this.row(lane);
			this.rows.push(row);
			row.ns.forEach((ns, kind) => { this.total[kind] += ns; });
		}
		this.rows.sort((a, b) => b.ns[RUNNING] - a.ns[RUNNING] || a.ns[NONE] - b.ns[NONE]);
		// Columns: those that have time anywhere. "Not there" is the last one.
		this.columns = [...this.total.keys()].filter(kind => kind !== NONE && this.total[kind])
			.sort((a, b) => (a === RUNNING ? -1 : b === RUNNING ? 1 : 0) || Number(a >= BLOCKED) - Number(b >= BLOCKED) ||
				this.total[b] - this.total[a]);
		if (this.total[NONE])
			this.columns.push(NONE);
	}

	row(lane) {
		const {slices} = lane, {start, kind, first, n} = slices, ns = new Float64Array(this.kinds.count);
		for (let i = Math.max(first, slices.at(this.from)); i < first + n && start[i] < this.to; i++) {
			const part = Math.min(this.to, start[i + 1]) - Math.max(this.from, start[i]);
			if (part > 0)
				ns[kind[i]] += part;
		}
		// Before its first slice and after its last one; not what is left over: so a sum can be checked.
		ns[NONE] += this.length - Math.max(0, Math.min(this.to, slices.end()) - Math.max(this.from, slices.begin()));
		return {lane, ns};
	}

	table(go) {
		const cell = ns => element('td', {title: exact(ns), 'data-ns': ns}, ns ? duration(ns) : '');
		const line = (name, ns, sum, onclick) => element('tr', {},
			element('td', {title: name}, onclick ? element('a', {href: '#', role: 'button', onclick}, name) : name),
			...this.columns.map(kind => cell(ns[kind])), cell(sum));
		const shownRows = this.rows.filter(row => row.ns[NONE] < this.length);
		const heads = ['thread', ...this.columns.map(kind => this.kinds.words(kind).replace(/^blocked: |^runnable \(|\)$/g, '')), 'sum'];
		const table = element('table', {id: 'partition', 'data-from': this.from, 'data-to': this.to},
			element('thead', {}, element('tr', {}, ...heads.map(head => element('th', {scope: 'col'}, head)))),
			element('tbody', {}, ...shownRows.map(row => line(row.lane.name, row.ns, row.ns.reduce((a, b) => a + b, 0), event => {
				event.preventDefault();
				go.task(row.lane.task);
			}))),
			element('tfoot', {}));
		const sum = new Float64Array(this.kinds.count);
		shownRows.forEach(row => row.ns.forEach((ns, kind) => { sum[kind] += ns; }));
		table.tFoot.append(line('all', sum, sum.reduce((a, b) => a + b, 0)));
		const left = this.rows.length - shownRows.length;
		return element('div', {}, element('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Time by state in the range'}, table),
			left ? element('p', {class: 'hint'}, count(left, 'thread was', 'threads were') + ' not there') : undefined);
	}
}
