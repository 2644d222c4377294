// SPDX-License-Identifier: GPL-2.0-only
// Wheel, pointers (also two at once, to pinch) and keys.
const KEYS = [
	['W S, + -', 'zoom in, out'], ['A D, ← →', 'earlier, later'], ['↑ ↓', 'lanes up, down'],
	['J K', 'next, previous lane'], [', .', 'previous, next slice of the lane'], ['Enter', 'the slice in the middle; folds a heading'],
	['H', 'who holds what the slice waits for'], ['G', 'who woke it'], ['B', 'back to where you were'],
	['F', 'zoom to the selected slice or range'], ['0', 'show all'], ['R', 'the visible time as range'], ['/', 'find'], ['T', 'light or dark'],
	['Esc', 'select nothing'], ['wheel', 'zoom; over the names: lanes; with Shift: earlier, later'],
	['drag', 'move; with Shift: a range of time'], ['two fingers', 'zoom and move'],
];

class Input {
	constructor(canvas, app) {
		Object.assign(this, {canvas, app, pointers: new Map(), selecting: false});
		canvas.addEventListener('wheel', event => this.wheel(event), {passive: false});
		canvas.addEventListener('pointerdown', event => this.down(event));
		canvas.addEventListener('pointermove', event => this.move(event));
		canvas.addEventListener('pointerup', event => this.up(event, true));
		canvas.addEventListener('pointercancel', event => this.up(event, false));
		canvas.addEventListener('pointerleave', () => app.tip());
		document.addEventListener('keydown', event => this.key(event));
	}

	where(event) {
		const box = this.canvas.getBoundingClientRect();
		return {x: event.clientX - box.left, y: event.clientY - box.top};
	}

	wheel(event) {
		event.preventDefault();
		const {view} = this.app, {x} = this.where(event), unit = event.deltaMode === 1 ? 16 : 1;
		if (event.shiftKey)
			view.pan((event.deltaX || event.deltaY) * unit);
		else if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			view.pan(event.deltaX * unit);
		else if (x < view.names && !event.ctrlKey)
			view.scroll(event.deltaY * unit);
		else
			view.zoom(Math.exp(event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.002)), Math.max(x, view.names));
	}

	setSelecting(on) {
		this.selecting = on;
		this.canvas.classList.toggle('selecting', on);
		byId('select').setAttribute('aria-pressed', String(on));
	}

	down(event) {
		const at = this.where(event);
		this.canvas.setPointerCapture(event.pointerId);
		this.pointers.set(event.pointerId, at);
		this.origin = at;
		this.moved = this.pointers.size > 1;
		this.ranging = this.pointers.size === 1 && (event.shiftKey || this.selecting) && at.x >= this.app.view.names
			? this.app.view.ns(at.x) : undefined;
		this.app.tip();
	}

	move(event) {
		const at = this.where(event), before = this.pointers.get(event.pointerId), {view} = this.app;
		if (!before)
			return this.app.hover(at);
		if (Math.hypot(at.x - this.origin.x, at.y - this.origin.y) > 4)
			this.moved = true;
		const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
		this.pointers.set(event.pointerId, at);
		if (!this.moved)
			return undefined;
		if (others.length) {
			this.pinch(before, at, others[0][1]);
		} else if (this.ranging !== undefined) {
			this.app.drawRange(this.ranging, view.ns(Math.max(view.names, at.x)));
		} else {
			view.top -= at.y - before.y;
			view.pan(before.x - at.x);
		}
		return undefined;
	}

	pinch(before, at, other) {
		const {view} = this.app, old = Math.max(20, Math.abs(before.x - other.x)), now = Math.max(20, Math.abs(at.x - other.x));
		view.zoom(old / now, (before.x + other.x) / 2);
		view.pan((before.x - at.x) / 2);
	}

	up(event, click) {
		const at = this.where(event);
		if (!this.pointers.delete(event.pointerId) || !click)
			return;
		if (this.moved) {
			if (this.ranging !== undefined)
				this.app.selectRange(this.ranging, this.app.view.ns(Math.max(this.app.view.names, at.x)));
		} else {
			this.app.click(at);
		}
		this.ranging = undefined;
	}

	key(event) {
		const typing = event.target instanceof HTMLInputElement;
		if (event.ctrlKey || event.metaKey || event.altKey || typing)
			return;
		const onButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement;
		const {app} = this, {view} = app, step = view.plot / 8;
		const actions = {
			w: () => view.zoom(0.7), '+': () => view.zoom(0.7), '=': () => view.zoom(0.7), s: () => view.zoom(1 / 0.7), '-': () => view.zoom(1 / 0.7),
			a: () => view.pan(-step), arrowleft: () => view.pan(-step), d: () => view.pan(step), arrowright: () => view.pan(step),
			arrowup: () => view.scroll(-40), arrowdown: () => view.scroll(40), pageup: () => view.scroll(40 - view.height), pagedown: () => view.scroll(view.height - 40),
			j: () => app.stepLane(1), k: () => app.stepLane(-1), ',': () => app.stepSlice(-1), '.': () => app.stepSlice(1),
			h: () => app.goToOther(holderOf), g: () => app.goToOther(wakeOf), b: () => app.back(),
			f: () => app.zoomToSelection(), 0: () => view.fit(), r: () => app.selectRange(view.from, view.to),
			t: () => app.toggleTheme(), escape: () => app.clear(), '?': () => app.toggleKeys(), '/': () => byId('query').focus(),
		};
		if (!onButton)
			actions.enter = () => app.enter();
		const action = actions[event.key.toLowerCase()];
		if (!action)
			return;
		event.preventDefault();
		action();
	}
}
