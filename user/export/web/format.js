// SPDX-License-Identifier: GPL-2.0-only
// Numbers and elements for people. Text goes in as text, never as markup.

const UNITS = [[1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']];

// "1.23 ms"; zero is "0".
function duration(ns) {
	if (!ns)
		return '0';
	const [size, unit] = UNITS.find(([s]) => Math.abs(ns) >= s) ?? UNITS[3];
	const value = ns / size;
	return (unit === 'ns' ? String(Math.round(value)) : value.toPrecision(value >= 1000 ? 4 : 3)) + ' ' + unit;
}

// A time on the axis, with as many digits as the distance of two marks needs.
function axisTime(ns, step) {
	const [size, unit] = UNITS.find(([s]) => Math.max(Math.abs(ns), step) >= s) ?? UNITS[3];
	return (ns / size).toFixed(Math.max(0, Math.ceil(Math.log10(size / step) - 1e-9))) + ' ' + unit;
}

function exact(ns) {
	return ns.toLocaleString('en') + ' ns';
}

function count(n, one, many = one + 's') {
	return n.toLocaleString('en') + ' ' + (n === 1 ? one : many);
}

function bytesWords(n) {
	return n >= 1 << 20 ? (n / (1 << 20)).toFixed(1) + ' MiB' : n >= 1024 ? Math.round(n / 1024) + ' KiB' : n + ' bytes';
}

function percent(share) {
	return (100 * share).toFixed(share < 0.1 ? 1 : 0) + ' %';
}

// Controls and marks that turn or hide text are shown as what they are.
function shown(text) {
	return String(text ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
		c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith('on'))
			made.addEventListener(key.slice(2), value);
		else if (value !== undefined)
			made.setAttribute(key, value);
	}
	made.append(...children.filter(c => c !== undefined && c !== null)
		.map(c => c instanceof Node ? c : shown(c)));
	return made;
}

const byId = id => document.getElementById(id);
