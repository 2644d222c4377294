// SPDX-License-Identifier: GPL-2.0-only
// Finding lanes: by name, or as what a finding of the verdict is about.

class Search {
	constructor(lanes, view, overlay, said) {
		Object.assign(this, {lanes, view, overlay, said, hits: [], at: -1});
		byId('query').addEventListener('input', () => this.seek());
		byId('query').addEventListener('keydown', event => {
			if (event.key === 'Escape')
				this.clear();
		});
		byId('search').addEventListener('submit', event => {
			event.preventDefault();
			this.next();
		});
	}

	seek() {
		const want = byId('query').value.trim().toLowerCase();
		this.hits = want ? this.lanes.all().filter(lane => (lane.type !== 'waiters' || lane.alone) && lane.name.toLowerCase().includes(want)) : [];
		this.at = -1;
		this.overlay.marked = new Set(this.hits);
		byId('hits').textContent = want ? String(this.hits.length) : '';
		if (this.hits.length)
			this.next();
		else
			this.view.changed();
	}

	next() {
		if (!this.hits.length)
			return;
		this.at = (this.at + 1) % this.hits.length;
		byId('hits').textContent = `${this.at + 1} of ${this.hits.length}`;
		this.overlay.current = this.hits[this.at];
		this.view.reveal(this.hits[this.at]);
	}

	clear() {
		byId('query').value = '';
		this.seek();
	}
}

class Findings {
	constructor(trace, lanes, view, overlay, panel) {
		Object.assign(this, {trace, lanes, view, overlay, panel});
		const rows = trace.report.findings ?? [];
		byId('findings').replaceChildren(...rows.map(f => element('li', {}, this.button(f))));
		if (!rows.length)
			byId('findings').append(element('li', {class: 'hint'}, 'Nothing to report.'));
	}

	button(f) {
		const share = f.share ? percent(f.share) + ' · ' : '';
		return element('button', {type: 'button', 'data-code': f.code, onclick: event => this.go(f, event.currentTarget)},
			element('b', {}, f.summary), element('small', {}, share + f.code),
			element('span', {class: 'printed'}, [f.detail, f.advice ? 'Try: ' + f.advice : ''].filter(t => t).join(' ')));
	}

	// The lanes of the object and of the thread it is about.
	subjects(f) {
		const object = f.sync === undefined ? undefined : this.lanes.byObject.get(f.sync);
		return [object, ...(f.tid === undefined ? [] : this.lanes.ofTid(f.tid))].filter(lane => lane);
	}

	go(f, button) {
		const found = this.subjects(f);
		document.querySelectorAll('#findings button').forEach(b => b.setAttribute('aria-current', String(b === button)));
		this.overlay.marked = new Set(found);
		this.overlay.current = found[0];
		this.overlay.selected = undefined;
		this.panel.finding(f);
		if (found.length)
			this.view.reveal(found[0]);
		else
			this.view.changed();
	}
}
