// SPDX-License-Identifier: GPL-2.0-only
// What of the timeline is shown: from when, how much time a pixel is, how far down.
const LEAST_VISIBLE = 200; // ns

class View {
	constructor(lanes, trace) {
		Object.assign(this, {lanes, trace, width: 1, height: 1, names: 150, axis: 24, top: 0});
		this.from = trace.start;
		this.length = Math.max(LEAST_VISIBLE, trace.end - trace.start);
		this.changed = () => {};
	}

	get plot() { return Math.max(1, this.width - this.names); }

	get perPixel() { return this.length / this.plot; }

	get to() { return this.from + this.length; }

	x(ns) { return this.names + (ns - this.from) / this.perPixel; }

	ns(x) { return this.from + (x - this.names) * this.perPixel; }

	y(lane) { return lane.y - this.top + this.axis; }

	resize(width, height) {
		this.width = width;
		this.height = height;
		this.names = width < 600 ? 92 : 150;
		this.show(this.from, this.length);
	}

	// A little beyond the ends may be seen, so that these can be seen for what they are.
	show(from, length) {
		const all = Math.max(LEAST_VISIBLE, this.trace.end - this.trace.start), margin = 0.02 * all;
		this.length = Math.min(Math.max(length, LEAST_VISIBLE), all + 2 * margin);
		this.from = Math.min(Math.max(from, this.trace.start - margin), this.trace.end + margin - this.length);
		this.top = Math.max(0, Math.min(this.top, this.lanes.height - (this.height - this.axis)));
		this.changed();
	}

	fit() { this.show(this.trace.start, this.trace.end - this.trace.start); }

	pan(pixels) { this.show(this.from + pixels * this.perPixel, this.length); }

	scroll(pixels) {
		this.top += pixels;
		this.show(this.from, this.length);
	}

	zoom(factor, x = this.names + this.plot / 2) {
		const all = this.trace.end - this.trace.start, ns = this.ns(x);
		const length = Math.min(Math.max(this.length * factor, LEAST_VISIBLE), 1.04 * all);
		this.show(ns - (ns - this.from) * length / this.length, length);
	}

	// Brings the lane, and the time if one is given, into sight.
	reveal(lane, from, to) {
		this.lanes.unfold(lane);
		const room = this.height - this.axis;
		if (lane.y < this.top || lane.y + lane.height > this.top + room)
			this.top = lane.y - room / 3;
		if (from !== undefined && (from < this.from || to > this.to || to - from < 3 * this.perPixel)) {
			const length = to - from < 3 * this.perPixel || to - from > this.length ? Math.max(5 * (to - from), LEAST_VISIBLE) : this.length;
			this.show((from + to - length) / 2, length);
		} else {
			this.show(this.from, this.length);
		}
	}
}
