// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws the lanes pixel by pixel into one buffer. A column of pixels that several slices share is
 * divided among their looks, the lowest the first: what is seen is where the time went.
 */
const CPU_LOOKS = Uint8Array.from({length: 256}, (_, k) => k); // kinds of CPU slices are looks already

class Drawing {
	constructor(canvas, view, lanes, trace) {
		Object.assign(this, {canvas, view, lanes, trace});
		this.context = canvas.getContext('2d', {alpha: false});
		this.frames = 0;
		// HELD alone is a kind; whose it is gives its look.
		this.holdTask = trace.columns['hold-task'];
	}

	setColours(colours) { this.colours = colours; }

	resize() {
		const ratio = Math.min(2, window.devicePixelRatio || 1), box = this.canvas.parentNode.getBoundingClientRect();
		this.ratio = ratio;
		this.canvas.width = Math.max(1, Math.round(box.width * ratio));
		this.canvas.height = Math.max(1, Math.round(box.height * ratio));
		this.view.resize(Math.max(1, box.width), Math.max(1, box.height));
		this.columns = Math.max(1, Math.round(this.view.plot * ratio));
		this.image = this.context.createImageData(this.columns, this.canvas.height);
		this.pixels = new Uint32Array(this.image.data.buffer);
		this.sums = new Float64Array(this.columns * LOOKS);
		this.means = new Float64Array(this.columns);
	}

	draw(overlay) {
		const {view, context, ratio} = this;
		const plot = Math.max(1, Math.round(view.plot * ratio));
		if (plot !== this.columns)
			this.resize();
		this.pixels.fill(this.colours.page32);
		const first = this.lanes.firstAt(view.top), visible = [];
		for (let i = first; i < this.lanes.shown.length; i++) {
			const lane = this.lanes.shown[i];
			if (view.y(lane) > view.height)
				break;
			visible.push(lane);
			this.lane(lane);
		}
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.fillStyle = this.colours.page;
		context.fillRect(0, 0, this.canvas.width, this.canvas.height);
		context.putImageData(this.image, this.canvas.width - this.columns, 0);
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		overlay.draw(context, visible);
		this.frames++;
	}

	lane(lane) {
		switch (lane.type) {
		case 'heading': return this.band(lane);
		case 'load': return this.load(lane);
		case 'idle': return this.idle(lane);
		case 'waiters':
		case 'queue': return this.steps(lane);
		case 'cpu': return this.slices(lane, CPU_LOOKS, this.colours.cpus);
		case 'loop': return this.slices(lane, CPU_LOOKS, this.colours.loops);
		case 'request': return this.slices(lane, CPU_LOOKS, this.colours.requests);
		case 'hold': return this.slices(lane, this.holdLooks(lane), this.colours.holders);
		default: return this.slices(lane, this.trace.kinds.look, this.colours.tasks);
		}
	}

	// A hold's look is its holder's: kinds of these slices are made so once.
	holdLooks(lane) {
		if (!lane.coloured) {
			const {kind, ref, first, n} = lane.slices;
			for (let i = first; i < first + n; i++) {
				const who = this.holdTask[ref[i]];
				if (kind[i])
					kind[i] = who ? 1 + (who - 1 >>> 2) % HOLDERS.length : HOLDERS.length + 1;
			}
			lane.coloured = true;
		}
		return CPU_LOOKS;
	}

	// Rows of pixels that the lane covers.
	rows(lane) {
		const y = this.view.y(lane), low = Math.max(this.view.axis, y), high = Math.min(this.view.height, y + lane.height);
		return [Math.round(low * this.ratio), Math.round(high * this.ratio), Math.round(y * this.ratio), Math.round(lane.height * this.ratio)];
	}

	band(lane) {
		const [low, high] = this.rows(lane);
		if (low < high)
			this.pixels.fill(this.colours.band32, low * this.columns, high * this.columns);
	}

	sample(lane, looks) {
		const {view, columns, sums} = this, perPixel = view.length / columns, {slices} = lane;
		sums.fill(0);
		if (!slices.n)
			return;
		const seen = slices.at(view.to) - Math.max(slices.first, slices.at(view.from));
		if (seen <= 4 * columns)
			sampleSlices(slices, looks, view.from, perPixel, columns, sums);
		else
			this.lanes.levels(lane, looks).sample(view.from, perPixel, columns, sums);
	}

	slices(lane, looks, tiles) {
		this.sample(lane, looks);
		const {sums, columns, pixels} = this, [low, high, top, height] = this.rows(lane);
		for (let x = 0; x < columns; x++) {
			let bottom = top + height, rest = 0;
			for (let k = 1; k < LOOKS; k++) {
				const share = sums[x * LOOKS + k];
				if (share < 0.004)
					continue;
				rest += share * height;
				const part = Math.round(rest);
				rest -= part;
				const from = Math.max(low, bottom - part), to = Math.min(high, bottom), tile = tiles[k];
				for (let y = from; y < to; y++)
					pixels[y * columns + x] = tile[(y - top + 24) % 24 * 24 + x % 24];
				bottom -= part;
			}
		}
	}

	// How many CPUs are in such use: the sum of what their lanes show.
	load(lane) {
		const sum = new Float64Array(this.columns), look = lane.cpu ?? NONE;
		for (const cpu of this.lanes.cpus) {
			this.sample(cpu, CPU_LOOKS);
			for (let x = 0; x < this.columns; x++)
				sum[x] += this.sums[x * LOOKS + look];
		}
		this.curve(lane, sum, lane.most, look === CPU_WORK ? this.colours.looks32[LOOK.running] : this.colours.other32);
	}

	// Idle CPUs by cause, the most frequent at the bottom; until the causes are found just how many.
	idle(lane) {
		const {view, columns, pixels} = this, idle = this.trace.idle;
		const causes = idle.sample(view.from, view.length / columns, columns);
		if (!causes)
			return this.load(lane);
		const layers = idle.order.filter(cause => causes.has(cause)).map(cause => [causes.get(cause),
			idle.look(cause) === LOOK.none ? this.colours.noThread : this.colours.tasks[idle.look(cause)]]);
		const [low, high, top, height] = this.rows(lane), tall = height / Math.max(1, lane.most);
		for (let x = 0; x < columns; x++) {
			let sum = 0, bottom = top + height;
			for (const [values, tile] of layers) {
				sum += values[x];
				const to = top + height - Math.round(sum * tall);
				for (let y = Math.max(low, to); y < Math.min(high, bottom); y++)
					pixels[y * columns + x] = y === to && bottom - to > 2 ? this.colours.page32 : tile[(y - top + 48) % 24 * 24 + x % 24];
				bottom = to;
			}
		}
		return undefined;
	}

	steps(lane) {
		const levels = this.lanes.steps(lane);
		this.means.fill(0);
		levels.sample(this.view.from, this.view.length / this.columns, this.columns, this.means);
		this.curve(lane, this.means, lane.steps.most, this.colours.looks32[lane.look ?? LOOK.io]);
	}

	curve(lane, values, most, colour) {
		const [low, high, top, height] = this.rows(lane), {columns, pixels} = this;
		for (let x = 0; x < columns; x++) {
			const part = Math.round(values[x] / Math.max(1, most) * height);
			for (let y = Math.max(low, top + height - part); y < high; y++)
				pixels[y * columns + x] = colour;
		}
	}
}
