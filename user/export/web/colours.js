// SPDX-License-Identifier: GPL-2.0-only
/*
 * Colours of Okabe and Ito (2008), made for all kinds of colour vision, and a pattern for each: so
 * two looks differ in more than hue. Indexed by look.
 */
const PALETTE = {
	light: {
		looks: ['#ffffff', '#009e73', '#f0b429', '#d55e00', '#cc79a7', '#3b8fd0', '#ccd2da', '#4b5563'],
		page: '#ffffff', band: '#eef0f3', ink: '#17191c', soft: '#555c66', line: '#d5d9df', mark: '#0b57d0',
		other: '#a9b1bc', path: '#17191c', found: '#fff1b8',
		loop: '#8cc8ee', long: '#d55e00', write: '#8d7bd4',
	},
	dark: {
		looks: ['#15171a', '#1fae84', '#e6a817', '#e06a12', '#d184b0', '#4c9fe0', '#4a525d', '#8b95a3'],
		page: '#15171a', band: '#23272c', ink: '#eceef1', soft: '#a6adb8', line: '#373c44', mark: '#8ab4f8',
		other: '#6d7683', path: '#ffffff', found: '#4d431c',
		loop: '#4f9cc9', long: '#e06a12', write: '#9c8ce0',
	},
};

// Holders are told apart by hue; they bear their names as well.
const HOLDERS = ['#56b4e9', '#009e73', '#e69f00', '#cc79a7', '#8d7bd4', '#b5a642'];

function packed(colour, factor = 1) {
	const [r, g, b] = [1, 3, 5].map(i => Math.round(parseInt(colour.slice(i, i + 2), 16) * factor));
	return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
}

// Whether the look's pattern marks this pixel.
function patterned(look, x, y) {
	switch (look) {
	case LOOK.runnable: return x % 4 === 0 && y % 4 === 1;
	case LOOK.lock: return (x + y) % 6 < 2;
	case LOOK.partner: return (x - y + 6000) % 8 === 0;
	case LOOK.io: return y % 4 === 1;
	case LOOK.unknown: return (x + y) % 4 < 2 && (x - y + 6000) % 4 < 2;
	default: return false;
	}
}

class Colours {
	constructor(theme) {
		Object.assign(this, PALETTE[theme], {theme});
		const darker = theme === 'light' ? 0.8 : 0.72;
		// For each look an 24 x 24 tile: 24 is a multiple of all patterns' lengths.
		this.tasks = this.looks.map((c, look) => this.tile(c, darker, look));
		this.cpus = this.tasks.slice();
		this.cpus[CPU_OTHER] = this.tile(this.other, 1, LOOK.none);
		this.cpus[CPU_LOST] = this.tasks[LOOK.unknown];
		this.holders = [this.tasks[0], ...HOLDERS.map(c => this.tile(c, 1, LOOK.none)), this.tasks[LOOK.unknown]];
		this.loops = [this.tasks[0], this.tile(this.loop, 1, LOOK.none), this.tile(this.long, darker, LOOK.lock)];
		this.requests = [this.tasks[0], this.tasks[LOOK.io], this.tile(this.write, darker, LOOK.partner), this.tile(this.other, 1, LOOK.none)];
		this.noThread = this.tile(this.other, 1, LOOK.none);
		this.page32 = packed(this.page);
		this.band32 = packed(this.band);
		this.looks32 = this.looks.map(c => packed(c));
		this.other32 = packed(this.other);
	}

	tile(colour, darker, look) {
		const tile = new Uint32Array(24 * 24), plain = packed(colour), dark = packed(colour, darker);
		for (let y = 0; y < 24; y++)
			for (let x = 0; x < 24; x++)
				tile[y * 24 + x] = patterned(look, x, y) ? dark : plain;
		return tile;
	}

	static preferred() {
		return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
	}
}
