// SPDX-License-Identifier: GPL-2.0-only
// What lies over the lanes: their names, the axis, text in slices, path, selection, wake arrows.
const FONT = '12px system-ui, sans-serif', SMALL = '11px system-ui, sans-serif';

class Overlay {
	constructor(view, lanes, trace) {
		Object.assign(this, {view, lanes, trace, selected: undefined, range: undefined, marked: new Set(), current: undefined});
	}

	setColours(colours) { this.colours = colours; }

	draw(context, visible) {
		const {view} = this;
		Object.assign(this, {context, widths: this.widths ?? new Map()});
		context.save();
		context.beginPath();
		context.rect(view.names, view.axis, view.plot, view.height - view.axis);
		context.clip();
		this.limits();
		for (const lane of visible) {
			if (lane.slices)
				this.texts(lane);
			if (lane.type === 'task')
				this.ticks(lane);
			else if (lane.type === 'loop')
				this.longTurns(lane);
		}
		this.criticalPath(visible);
		this.selection();
		this.selectedRange();
		context.restore();
		this.axis();
		this.names(visible);
	}

	text(text, x, y, room, colour, font = FONT) {
		const {context} = this;
		context.font = font;
		context.fillStyle = colour;
		context.textBaseline = 'middle';
		const key = font + text;
		if (!this.widths.has(key)) {
			if (this.widths.size > 5000)
				this.widths.clear();
			this.widths.set(key, context.measureText(text).width);
		}
		const width = this.widths.get(key);
		if (width <= room)
			return context.fillText(text, x, y);
		// Letters differ in width: what still does not fit gets shorter.
		let fits = Math.floor(text.length * room / width) - 1;
		while (fits > 2 && context.measureText(text.slice(0, fits) + '…').width > room)
			fits--;
		if (fits > 2)
			context.fillText(text.slice(0, fits) + '…', x, y);
	}

	// Beyond the recording is nothing.
	limits() {
		const {context, view} = this;
		context.fillStyle = this.colours.line;
		for (const ns of [this.trace.start, this.trace.end])
			context.fillRect(view.x(ns) - 0.5, view.axis, 1, view.height);
	}

	texts(lane) {
		const {slices} = lane, {view} = this;
		if (!slices.n)
			return;
		const first = Math.max(slices.first, slices.at(view.from)), last = slices.at(view.to);
		if (last - first > 400)
			return;
		for (let i = first; i <= last; i++) {
			const a = Math.max(view.names, view.x(slices.start[i])), b = Math.min(view.width, view.x(slices.start[i + 1]));
			if (b - a > 3 && i > first && slices.kind[i] && slices.kind[i - 1]) {
				this.context.fillStyle = this.colours.page;
				this.context.fillRect(a - 0.5, view.y(lane), 1, lane.height);
			}
			if (b - a < 12)
				continue;
			const text = this.label(lane, i, b - a);
			if (text)
				this.text(text, a + 4, view.y(lane) + lane.height / 2 + 0.5, b - a - 6, this.textColour(lane, slices.kind[i]), SMALL);
		}
	}

	// Samples of what ran: one tick each, where there is room for them.
	ticks(lane) {
		const {samples} = this.trace, {context, view} = this, [low, high] = samples.between(lane.task, view.from, view.to);
		const {slices} = lane, seen = slices.n ? slices.at(view.to) - slices.at(view.from) : 0;
		if (high === low || high - low > view.plot / 5 || seen > view.plot / 3)
			return;
		const y = view.y(lane) + lane.height - 5;
		context.fillStyle = '#111111';
		for (let i = low; i < high; i++)
			context.fillRect(Math.round(view.x(samples.time[i])), y, 1, 5);
	}

	// A mark above each long turn that is too narrow to be seen by itself.
	longTurns(lane) {
		const {start, kind, first, n} = lane.slices, {context, view} = this;
		lane.long ??= Uint32Array.from([...kind.subarray(first, first + n).keys()].filter(i => kind[first + i] === LONG_TURN), i => first + i);
		context.fillStyle = this.colours.ink;
		for (let k = 0, end = -9; k < lane.long.length; k++) {
			const a = view.x(start[lane.long[k]]), b = view.x(start[lane.long[k] + 1]), x = (a + b) / 2;
			if (b < view.names || a > view.width || b - a > 8 || x - end < 3)
				continue;
			end = x;
			context.beginPath();
			context.moveTo(x, view.y(lane) + 6);
			context.lineTo(x - 4, view.y(lane) - 1);
			context.lineTo(x + 4, view.y(lane) - 1);
			context.fill();
		}
	}

	textColour(lane, kind) {
		if (lane.type === 'loop' || lane.type === 'request')
			return '#111111';
		if (lane.type === 'cpu')
			return kind === CPU_LOST ? this.colours.page : '#111111';
		if (lane.type === 'hold')
			return kind > HOLDERS.length ? this.colours.page : '#111111';
		const look = this.trace.kinds.look[kind];
		if (look === LOOK.unknown)
			return this.colours.page;
		return look === LOOK.sleep ? this.colours.ink : '#111111';
	}

	label(lane, i, room) {
		const {slices} = lane, {trace} = this, kind = slices.kind[i];
		if (!kind)
			return '';
		if (lane.type === 'cpu')
			return kind === CPU_LOST ? 'not recorded' : trace.taskName(slices.ref[i]);
		if (lane.type === 'hold') {
			const who = trace.columns['hold-task'][slices.ref[i]];
			return who ? trace.taskName(who - 1 >>> 2) : 'holder not known';
		}
		if (lane.type === 'loop')
			return duration(slices.start[i + 1] - slices.start[i]);
		if (lane.type === 'request')
			return requestWords(trace, slices.ref[i]);
		if (lane.type === 'path') {
			const row = lane.rows[slices.ref[i]];
			return row.comm === undefined ? '' : shown(row.comm) + ' ' + row.tid + (row.subject ? ': ' + shown(row.subject) : '');
		}
		if (kind >= BLOCKED) {
			const what = trace.columns['task-what'][slices.ref[i]];
			return room < 40 ? trace.kinds.letter(kind) : what % 2 ? trace.objectName((what - 1) / 2) : trace.kinds.causes[kind - BLOCKED][0];
		}
		return kind === RUNNING ? (room > 30 ? 'CPU ' + slices.ref[i] : '') : kind === UNKNOWN ? '?' : room > 60 ? 'runnable' : '';
	}

	// A bar below each task that the path leads through.
	criticalPath(visible) {
		const rows = this.lanes.path, {context, view} = this;
		if (!rows.length)
			return;
		const tasks = new Map();
		for (const lane of visible)
			if (lane.type === 'task')
				tasks.set(this.trace.names.tasks[lane.task][0], lane);
		context.fillStyle = this.colours.path;
		let low = 0, high = rows.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (rows[middle].end_ns < view.from)
				low = middle + 1;
			else
				high = middle;
		}
		for (let end = -1; low < rows.length && rows[low].start_ns < view.to; low++) {
			const lane = tasks.get(rows[low].tid), b = view.x(rows[low].end_ns);
			if (!lane || (b - end < 0.3 && rows[low].tid === rows[low - 1]?.tid))
				continue;
			const a = view.x(rows[low].start_ns);
			context.fillRect(a, view.y(lane) + lane.height - 1, Math.max(0.5, b - a), 3);
			end = b;
		}
	}

	selection() {
		const {context, view, selected, before} = this;
		// Where one came from, by a button or key of the details.
		if (selected && before && before.lane.y >= 0) {
			const {start} = before.lane.slices, left = view.x(start[before.index]), right = view.x(start[before.index + 1]);
			context.strokeStyle = this.colours.mark;
			context.lineWidth = 1.5;
			context.setLineDash([4, 3]);
			context.strokeRect(left - 1, view.y(before.lane) - 1, Math.max(3, right - left + 2), before.lane.height + 2);
			context.setLineDash([]);
		}
		if (!selected || selected.lane.y < 0)
			return;
		const {lane, index} = selected, {start} = lane.slices;
		const a = view.x(start[index]), b = view.x(start[index + 1]);
		context.strokeStyle = this.colours.mark;
		context.lineWidth = 2.5;
		context.strokeRect(a - 1, view.y(lane) - 1, Math.max(3, b - a + 2), lane.height + 2);
		const wake = this.wake(lane, index);
		if (wake?.task !== undefined)
			this.arrow(this.lanes.byTask.get(wake.task), lane, wake.ns);
	}

	wake(lane, index) { return wakeOf(this.trace, lane, index); }

	// From the waker to the woken, at the time of the wake.
	arrow(from, to, ns) {
		const {context, view} = this;
		if (!from || from === to || from.y < 0)
			return;
		const x = view.x(ns), down = to.y > from.y, start = view.y(from) + from.height / 2;
		const end = view.y(to) + (down ? -1 : to.height + 1), head = down ? -7 : 7;
		context.strokeStyle = context.fillStyle = this.colours.mark;
		context.lineWidth = 2;
		context.beginPath();
		context.moveTo(x, start);
		context.lineTo(x, end + head / 2);
		context.stroke();
		context.beginPath();
		context.arc(x, start, 3.5, 0, 7);
		context.moveTo(x, end);
		context.lineTo(x - 5, end + head);
		context.lineTo(x + 5, end + head);
		context.fill();
	}

	selectedRange() {
		const {context, view, range} = this;
		if (!range)
			return;
		const a = view.x(range.from), b = view.x(range.to);
		context.globalAlpha = 0.14;
		context.fillStyle = this.colours.mark;
		context.fillRect(a, view.axis, b - a, view.height);
		context.globalAlpha = 1;
		context.fillRect(a - 1, view.axis, 1.5, view.height);
		context.fillRect(b, view.axis, 1.5, view.height);
	}

	axis() {
		const {context, view} = this, rough = view.perPixel * 110, power = 10 ** Math.floor(Math.log10(rough));
		const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough), zero = this.trace.start;
		context.fillStyle = this.colours.band;
		context.fillRect(0, 0, view.width, view.axis);
		context.save();
		context.beginPath();
		context.rect(view.names, 0, view.plot, view.axis);
		context.clip();
		for (let t = Math.ceil((view.from - zero) / step) * step; t + zero <= view.to; t += step) {
			const x = view.x(t + zero);
			context.fillStyle = this.colours.soft;
			context.fillRect(x, view.axis - 6, 1, 6);
			this.text(axisTime(t, step), x + 4, view.axis / 2, 105, this.colours.soft, SMALL);
		}
		context.restore();
		this.text(duration(view.length) + ' shown', 8, view.axis / 2, view.names - 10, this.colours.soft, SMALL);
	}

	// The value at the top of a curve.
	most(lane) {
		if (lane.type === 'load' || lane.type === 'idle')
			return ` (of ${lane.most})`;
		return lane.steps && !lane.alone ? ` (${lane.steps.most})` : '';
	}

	names(visible) {
		const {context, view} = this;
		context.save();
		context.beginPath();
		context.rect(0, view.axis, view.width, view.height - view.axis);
		context.clip();
		context.fillStyle = this.colours.line;
		context.fillRect(view.names - 1, view.axis, 1, view.height);
		for (const lane of visible) {
			const y = view.y(lane), middle = y + lane.height / 2 + 0.5;
			if (lane.type === 'heading') {
				context.fillStyle = this.colours.band;
				context.fillRect(0, y, view.width, lane.height);
				this.text((lane.folded ? '▸ ' : '▾ ') + lane.name + (lane.id === 'path' ? '' : ` (${lane.lanes.length})`), 8, middle, view.width - 16, this.colours.ink, '600 ' + FONT);
				continue;
			}
			if (this.marked.has(lane) || this.current === lane) {
				context.fillStyle = this.marked.has(lane) ? this.colours.found : this.colours.band;
				context.fillRect(0, y - 1, view.names - 2, lane.height + 2);
			}
			const curve = lane.type === 'waiters' || lane.type === 'load' || lane.type === 'idle' || lane.type === 'queue' || lane.below;
			const indent = (lane.type === 'waiters' && !lane.alone) || lane.below ? 22 : 12;
			this.text(lane.name + this.most(lane), indent, middle, view.names - indent - 6,
				curve && !lane.alone ? this.colours.soft : this.colours.ink, curve && !lane.alone ? SMALL : FONT);
			if (this.current === lane) {
				context.fillStyle = this.colours.mark;
				context.fillRect(0, y, 3, lane.height);
			}
		}
		context.restore();
	}
}
