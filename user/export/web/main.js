// SPDX-License-Identifier: GPL-2.0-only
// Puts it together.

const MOST_PAST = 100; // places to go back to
const PRINTED_HEIGHT = 1150; // with the width of a usual window, most of a page

class App {
	constructor(trace) {
		this.trace = trace;
		trace.idle = new IdleCauses(trace);
		this.lanes = new Lanes(trace);
		this.view = new View(this.lanes, trace);
		this.canvas = byId('canvas');
		this.drawing = new Drawing(this.canvas, this.view, this.lanes, trace);
		this.overlay = new Overlay(this.view, this.lanes, trace);
		this.past = []; // where one came from, by buttons of the panel
		this.panel = new Panel(trace, this.lanes, byId('detail'), {
			task: id => this.goTo(this.lanes.byTask.get(id)), object: id => this.goTo(this.lanes.byObject.get(id)),
			taskAt: (id, ns) => this.goToTime(this.lanes.byTask.get(id), ns), slice: (lane, index) => this.goToSlice(lane, index),
			past: () => this.past.length, back: () => this.back()});
		this.view.changed = () => this.later();
		this.setTheme(Colours.preferred());
		this.head();
		this.search = new Search(this.lanes, this.view, this.overlay);
		this.findings = new Findings(trace, this.lanes, this.view, this.overlay, this.panel);
		this.input = new Input(this.canvas, this);
		this.buttons();
		new ResizeObserver(() => this.resize()).observe(byId('timeline'));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.setTheme(Colours.preferred()));
		window.addEventListener('beforeprint', () => this.print(true));
		window.addEventListener('afterprint', () => this.print(false));
		this.resize();
		trace.idle.begin(() => this.later());
	}

	head() {
		const {trace} = this, {report} = trace;
		const command = (report.command ?? []).join(' ') || 'conctrace';
		document.title = shown(command) + ' - conctrace';
		byId('command').textContent = shown(command);
		byId('command').title = shown(command);
		byId('facts').textContent = [duration(report.wall_ns ?? trace.end - trace.start), count(trace.cpus.length, 'CPU'),
			count(this.lanes.byTask.size, 'thread'), count(trace.slices, 'slice')].join(' · ');
		if (!report.events?.lost && !report.truncated)
			return;
		byId('losses').hidden = false;
		byId('losses').textContent = report.events?.lost ? count(report.events.lost, 'event') + ' lost: what they were about is "not known"' :
			'The recording was cut off.';
	}

	legend() {
		const {colours} = this.overlay, entries = LOOK_WORDS.map((words, look) => [words, colours.tasks[look]]).slice(1);
		entries.push(['CPU: another program', colours.cpus[CPU_OTHER]], ['CPUs idle: for want of a thread', colours.noThread]);
		const types = new Set(this.lanes.all().map(lane => lane.type));
		if (types.has('loop'))
			entries.push(['turn of an event loop', colours.loops[TURN]], ['a long one', colours.loops[LONG_TURN]]);
		if (types.has('request'))
			entries.push(['disk: read', colours.requests[REQUEST_READ]], ['write', colours.requests[REQUEST_WRITE]]);
		byId('legend').replaceChildren(...entries.map(([words, tile]) => {
			const canvas = element('canvas', {width: 24, height: 12, 'aria-hidden': 'true'}), context = canvas.getContext('2d');
			const image = context.createImageData(24, 12);
			new Uint32Array(image.data.buffer).set(tile.subarray(0, 24 * 12));
			context.putImageData(image, 0, 0);
			return element('span', {}, canvas, words);
		}), element('span', {}, '▬ critical path'), element('span', {}, '| a sample of what ran'));
	}

	buttons() {
		byId('zoom-in').addEventListener('click', () => this.view.zoom(0.6));
		byId('zoom-out').addEventListener('click', () => this.view.zoom(1 / 0.6));
		byId('fit').addEventListener('click', () => this.view.fit());
		byId('select').addEventListener('click', () => this.input.setSelecting(!this.input.selecting));
		byId('theme').addEventListener('click', () => this.toggleTheme());
		byId('help').addEventListener('click', () => this.toggleKeys());
		byId('keys').append(element('dl', {}, ...KEYS.map(([key, words]) => element('div', {}, element('dt', {}, key), element('dd', {}, words)))));
	}

	toggleKeys() {
		byId('keys').hidden = !byId('keys').hidden;
		byId('help').setAttribute('aria-expanded', String(!byId('keys').hidden));
	}

	setTheme(theme) {
		this.theme = theme;
		document.documentElement.dataset.theme = theme;
		const colours = new Colours(theme);
		this.drawing.setColours(colours);
		this.overlay.setColours(colours);
		this.legend();
		this.later();
	}

	toggleTheme() { this.setTheme(this.theme === 'dark' ? 'light' : 'dark'); }

	print(begins) {
		if (begins)
			this.screenTheme = this.theme;
		this.setTheme(begins ? 'light' : this.screenTheme);
		// On paper all lanes are shown, as far as a page holds them.
		byId('timeline').style.height = begins ? Math.min(PRINTED_HEIGHT, this.lanes.height + this.view.axis) + 'px' : '';
		this.resize();
	}

	resize() {
		this.drawing.resize();
		this.drawing.draw(this.overlay);
	}

	// At most once a frame.
	later() {
		if (this.waiting)
			return;
		this.waiting = true;
		requestAnimationFrame(() => {
			this.waiting = false;
			this.drawing.draw(this.overlay);
		});
	}

	// The lane and slice under a point of the canvas.
	find({x, y}) {
		const {view} = this;
		if (y < view.axis)
			return {};
		const lane = this.lanes.at(y - view.axis + view.top);
		if (!lane || x < view.names || !lane.slices)
			return {lane};
		const ns = view.ns(x), {slices} = lane;
		const index = slices.n && ns < slices.end() ? slices.at(ns) : -1;
		return {lane, index: index >= 0 ? this.nearest(slices, index, ns) : undefined};
	}

	// Where slices are too thin to be hit: of those within two pixels the longest.
	nearest(slices, index, ns) {
		const reach = 2 * this.view.perPixel, {start, first, n} = slices;
		let best = index;
		for (let i = index, k = 0; i >= first && start[i + 1] > ns - reach && k < 2000; i--, k++)
			best = start[i + 1] - start[i] > start[best + 1] - start[best] ? i : best;
		for (let i = index, k = 0; i < first + n && start[i] < ns + reach && k < 2000; i++, k++)
			best = start[i + 1] - start[i] > start[best + 1] - start[best] ? i : best;
		return start[index + 1] - start[index] >= reach ? index : best;
	}

	hover(at) {
		const {lane, index} = this.find(at);
		if (!lane)
			return this.tip();
		if (index !== undefined)
			return this.tip(at, this.panel.line(lane, index));
		if (lane.type === 'heading')
			return this.tip();
		if (at.x < this.view.names || lane.slices)
			return this.tip(at, lane.name);
		return this.tip(at, this.panel.value(lane, this.view.ns(at.x), this.view.perPixel));
	}

	tip(at, text) {
		const tip = byId('tip');
		tip.hidden = !text;
		if (!text)
			return;
		tip.textContent = text;
		tip.style.left = Math.max(0, Math.min(at.x + 14, this.view.width - tip.offsetWidth - 4)) + 'px';
		tip.style.top = (at.y + 18 + tip.offsetHeight > this.view.height ? Math.max(0, at.y - tip.offsetHeight - 10) : at.y + 18) + 'px';
	}

	click(at) {
		const {lane, index} = this.find(at);
		if (lane?.type === 'heading')
			return this.fold(lane);
		if (lane)
			this.overlay.current = lane;
		if (index === undefined) {
			this.overlay.selected = undefined;
			if (lane && !lane.slices)
				this.panel.curve(lane);
			return this.later();
		}
		return this.select(lane, index);
	}

	fold(section) {
		section.folded = !section.folded;
		this.lanes.layout();
		this.view.scroll(0);
	}

	select(lane, index) {
		this.overlay.selected = {lane, index};
		this.overlay.before = this.past[this.past.length - 1];
		this.overlay.current = lane;
		this.overlay.range = undefined;
		this.panel.slice(lane, index);
		this.say(this.panel.line(lane, index));
		this.later();
	}

	say(text) { byId('said').textContent = text; }

	goTo(lane) {
		if (!lane)
			return;
		this.overlay.current = lane;
		this.overlay.marked = new Set([lane]);
		this.view.reveal(lane);
	}

	// What the task of a lane did at that time: what ran until then rather than what followed.
	goToTime(lane, ns) {
		const {slices} = lane ?? {};
		if (!slices?.n || ns < slices.begin() || ns > slices.end())
			return this.goTo(lane);
		let index = Math.max(slices.first, slices.at(Math.min(ns, slices.end() - 1)));
		if (slices.start[index] === ns && index > slices.first && slices.kind[index - 1] === RUNNING)
			index--;
		return this.goToSlice(lane, index);
	}

	goToSlice(lane, index) {
		const {selected} = this.overlay, {from, length, top} = this.view;
		if (selected)
			this.past.push({...selected, from, length, top});
		if (this.past.length > MOST_PAST)
			this.past.shift();
		this.select(lane, index);
		this.view.reveal(lane, lane.slices.start[index], lane.slices.start[index + 1]);
		this.overlay.marked = new Set([lane]);
	}

	back() {
		const was = this.past.pop();
		if (!was)
			return;
		this.view.top = was.top;
		this.view.show(was.from, was.length);
		this.select(was.lane, was.index);
		this.view.reveal(was.lane);
	}

	// Who holds what the selected slice waits for, or who woke it.
	goToOther(find) {
		const {selected} = this.overlay, other = selected && find(this.trace, selected.lane, selected.index);
		if (other?.task === undefined)
			return this.say('Nobody is known.');
		return this.goToTime(this.lanes.byTask.get(other.task), other.ns);
	}

	stepLane(by) {
		const lanes = this.lanes.shown, at = lanes.indexOf(this.overlay.current);
		const next = lanes[Math.max(0, Math.min(lanes.length - 1, at + by))];
		this.overlay.current = next;
		this.say(next.name + (next.type === 'heading' ? (next.folded ? ', folded' : '') : ''));
		this.view.reveal(next);
	}

	middle(lane) {
		const {slices} = lane, ns = (this.view.from + this.view.to) / 2;
		return slices?.n ? Math.max(slices.first, slices.at(Math.min(ns, slices.end() - 1))) : undefined;
	}

	enter() {
		const lane = this.overlay.current;
		if (!lane)
			return this.stepLane(1);
		if (lane.type === 'heading')
			return this.fold(lane);
		const index = this.middle(lane);
		if (index !== undefined)
			this.select(lane, index);
		return undefined;
	}

	stepSlice(by) {
		const {selected} = this.overlay;
		if (!selected)
			return this.enter();
		const {first, n, start} = selected.lane.slices, index = selected.index + by;
		if (index < first || index >= first + n)
			return undefined;
		this.select(selected.lane, index);
		this.view.reveal(selected.lane, start[index], start[index + 1]);
		return undefined;
	}

	zoomToSelection() {
		const {selected, range} = this.overlay;
		if (range)
			return this.view.show(range.from, range.to - range.from);
		if (!selected)
			return undefined;
		const {start} = selected.lane.slices, length = start[selected.index + 1] - start[selected.index];
		return this.view.show(start[selected.index] - length, 3 * length);
	}

	drawRange(a, b) {
		this.overlay.range = {from: Math.min(a, b), to: Math.max(a, b)};
		this.later();
	}

	selectRange(a, b) {
		const partition = new Partition(this.trace, this.lanes, Math.min(a, b), Math.max(a, b));
		this.overlay.selected = undefined;
		this.drawRange(partition.from, partition.to);
		this.panel.range(partition);
		this.input.setSelecting(false);
		this.say(`Range of ${duration(partition.length)}`);
	}

	clear() {
		this.past = [];
		Object.assign(this.overlay, {selected: undefined, before: undefined, range: undefined, marked: new Set(), current: undefined});
		this.input.setSelecting(false);
		this.panel.hint();
		this.later();
	}
}

async function begin() {
	try {
		const trace = await Trace.read();
		window.timeline = new App(trace);
		requestAnimationFrame(() => setTimeout(() => performance.mark('first-picture')));
	} catch (error) {
		byId('facts').textContent = 'This timeline cannot be shown: ' + error.message;
		throw error;
	}
}

begin();
