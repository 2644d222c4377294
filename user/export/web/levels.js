// SPDX-License-Identifier: GPL-2.0-only
/*
 * Levels of detail of a lane: on a grid of time, which share of each cell has which look. A level's
 * cells are twice as long as those of the one before. So a picture costs as much as it has pixels,
 * however many slices there are. Shares are bytes, 255 for all of the cell.
 */
const CELLS_LEAST = 256;

class Levels {
	constructor(slices, looks) {
		const from = slices.begin(), length = Math.max(1, slices.end() - from);
		let cells = CELLS_LEAST;
		while (cells < slices.n)
			cells *= 2;
		this.from = from;
		this.cell = length / cells;
		this.levels = [this.lowest(slices, looks, cells)];
		for (; cells > CELLS_LEAST; cells /= 2)
			this.levels.push(this.half(this.levels[this.levels.length - 1]));
	}

	lowest(slices, looks, cells) {
		const shares = new Uint8Array(cells * LOOKS), sums = new Float64Array(LOOKS);
		const {start, kind, first, n} = slices, last = first + n;
		for (let c = 0, i = first; c < cells; c++) {
			const begin = this.from + c * this.cell, end = begin + this.cell;
			sums.fill(0);
			for (; i < last; i++) {
				const s = start[i] > begin ? start[i] : begin, next = start[i + 1], e = next < end ? next : end;
				if (e > s)
					sums[looks[kind[i]]] += e - s;
				if (next > end)
					break;
			}
			for (let k = 0; k < LOOKS; k++)
				shares[c * LOOKS + k] = Math.round(255 * sums[k] / this.cell);
		}
		return shares;
	}

	half(below) {
		const shares = new Uint8Array(below.length / 2);
		for (let c = 0; c < shares.length / LOOKS; c++)
			for (let k = 0; k < LOOKS; k++)
				shares[c * LOOKS + k] = (below[2 * c * LOOKS + k] + below[(2 * c + 1) * LOOKS + k] + (c & 1)) >> 1;
		return shares;
	}

	// Adds to sums[x * LOOKS + look] the shares, 0 to 1, of `width` pixels from `from` on.
	sample(from, perPixel, width, sums) {
		let level = 0;
		while (level + 1 < this.levels.length && this.cell * 2 ** (level + 1) <= perPixel)
			level++;
		const shares = this.levels[level], cell = this.cell * 2 ** level, cells = shares.length / LOOKS;
		for (let x = 0; x < width; x++) {
			const begin = (from + x * perPixel - this.from) / cell, end = begin + perPixel / cell;
			const low = Math.max(0, begin), high = Math.min(cells, end);
			for (let c = Math.floor(low); c < high; c++) {
				const part = (Math.min(high, c + 1) - Math.max(low, c)) / (end - begin) / 255;
				for (let k = 0; k < LOOKS; k++)
					sums[x * LOOKS + k] += part * shares[c * LOOKS + k];
			}
		}
	}
}

// The same from the slices themselves, exact.
function sampleSlices(slices, looks, from, perPixel, width, sums) {
	const {start, kind, first, n} = slices, to = from + width * perPixel;
	for (let i = Math.max(first, slices.at(from)); i < first + n && start[i] < to; i++) {
		const look = looks[kind[i]], a = (start[i] - from) / perPixel, b = (start[i + 1] - from) / perPixel;
		const low = Math.max(0, a), high = Math.min(width, b);
		for (let x = Math.floor(low); x < high; x++)
			sums[x * LOOKS + look] += Math.min(high, x + 1) - Math.max(low, x);
	}
}

// Values of a step function: means per pixel, exact or from a grid.
class StepLevels {
	constructor(slices) {
		const length = Math.max(1, slices.end() - slices.begin());
		let cells = CELLS_LEAST;
		while (cells < slices.n)
			cells *= 2;
		this.slices = slices;
		this.cell = length / cells;
		this.levels = [new Float32Array(cells)];
		stepMeans(slices, slices.begin(), this.cell, cells, this.levels[0]);
		for (cells /= 2; cells >= CELLS_LEAST; cells /= 2) {
			const below = this.levels[this.levels.length - 1];
			this.levels.push(Float32Array.from({length: cells}, (_, i) => (below[2 * i] + below[2 * i + 1]) / 2));
		}
	}

	sample(from, perPixel, width, means) {
		if (perPixel < 2 * this.cell)
			return stepMeans(this.slices, from, perPixel, width, means);
		const level = Math.min(this.levels.length - 1, Math.floor(Math.log2(perPixel / this.cell)));
		const values = this.levels[level], cell = this.cell * 2 ** level;
		for (let x = 0; x < width; x++) {
			const begin = (from + x * perPixel - this.slices.begin()) / cell, end = begin + perPixel / cell;
			for (let c = Math.max(0, Math.floor(begin)); c < Math.min(values.length, end); c++)
				means[x] += values[c] * (Math.min(end, c + 1) - Math.max(begin, c)) / (end - begin);
		}
	}
}

function stepMeans(slices, from, perPixel, width, means) {
	const {start, kind, ref, first, n} = slices, to = from + width * perPixel;
	for (let i = Math.max(first, slices.at(from)); i < first + n && start[i] < to; i++) {
		if (!kind[i])
			continue;
		const low = Math.max(0, (start[i] - from) / perPixel), high = Math.min(width, (start[i + 1] - from) / perPixel);
		for (let x = Math.floor(low); x < high; x++)
			means[x] += ref[i] * (Math.min(high, x + 1) - Math.max(low, x));
	}
}
