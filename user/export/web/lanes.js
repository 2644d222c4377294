// SPDX-License-Identifier: GPL-2.0-only
// The lanes there are, in their order from the top, under headings that can be folded.
const REQUEST_READ = 1, REQUEST_WRITE = 2, REQUEST_OTHER = 3;
const LANE_HEIGHT = 18, HEADING_HEIGHT = 22, CURVE_HEIGHT = 34, WAITERS_HEIGHT = 22, MOST_LOCKS = 40,
	IDLE_HEIGHT = 44, REQUEST_ROWS = 6;

class Lanes {
	constructor(trace) {
		this.trace = trace;
		this.sections = [];
		this.byTask = new Map();
		this.byObject = new Map();
		this.add('cpus', 'CPUs', this.cpuLanes());
		this.add('path', 'Critical path', this.pathLanes());
		this.add('locks', 'Locks and other objects', this.lockLanes());
		const disks = this.diskLanes();
		this.add('disks', 'Disks', disks.filter(lane => lane.type === 'queue'));
		this.add('requests', 'Requests to disks', disks.filter(lane => lane.type === 'request'));
		const processes = this.processes();
		this.add('loops', 'Event loops', this.loopLanes());
		for (const section of processes)
			this.add(...section);
		// Where nothing speaks of disks, single requests are noise.
		const spoken = (trace.report.findings ?? []).some(f => /disk|io-/.test(f.code));
		this.sections.filter(s => s.id === 'requests').forEach(s => { s.folded = !spoken; });
		this.layout();
	}

	add(id, name, lanes) {
		if (lanes.length)
			this.sections.push({id, name, lanes, folded: false});
	}

	cpuLanes() {
		const cpus = this.trace.cpus;
		this.cpus = cpus.map((slices, cpu) => ({type: 'cpu', name: 'CPU ' + cpu, slices, cpu, height: LANE_HEIGHT}));
		return [
			{type: 'load', name: 'threads running', cpu: CPU_WORK, height: CURVE_HEIGHT, most: cpus.length},
			{type: 'idle', name: 'CPUs idle', height: IDLE_HEIGHT, most: cpus.length},
			...this.cpus];
	}

	pathLanes() {
		const {trace} = this, rows = trace.report.critical_path?.segments ?? [], pieces = new Pieces();
		const cause = new Map(trace.names.causes.map(([name], i) => [name, i]));
		rows.forEach((row, i) => pieces.add(row.start_ns, row.end_ns, row.state === 'running' ? RUNNING :
			row.state === 'runnable' ? WOKEN : row.state === 'blocked' ? BLOCKED + (cause.get(row.cause) ?? 0) : UNKNOWN, i));
		this.path = rows;
		return rows.length ? [{type: 'path', name: 'critical path', height: LANE_HEIGHT, rows,
			slices: sliceUp(pieces, trace.start, trace.end)}] : [];
	}

	// Those that the report lists first, and of which is known who held them or who waited.
	lockLanes() {
		const {trace} = this, lanes = [];
		const listed = trace.report.sync ?? [], held = new Set(trace.holds.keys());
		for (const {id, wait_ns: waited} of [...listed].sort((a, b) => b.wait_ns - a.wait_ns).slice(0, MOST_LOCKS)) {
			const name = trace.objectName(id), waiters = {type: 'waiters', name: 'waiters', object: id, height: WAITERS_HEIGHT,
				look: trace.kinds.look[BLOCKED + trace.names.objects[id][0]]};
			// Nobody holds what is no lock: then its waiters are all there is to see.
			if (!held.has(id)) {
				waiters.name = name;
				waiters.alone = true;
				this.byObject.set(id, waiters);
				lanes.push(waiters);
				continue;
			}
			const hold = {type: 'hold', name, object: id, height: LANE_HEIGHT,
				slices: trace.holds.get(id)};
			this.byObject.set(id, hold);
			lanes.push(hold, waiters);
		}
		return lanes;
	}

	diskLanes() {
		const {trace} = this, c = trace.columns, disks = new Map();
		let issued = 0;
		c.disk.forEach((dev, i) => {
			issued += unzigzag(c['disk-gap'][i]);
			if (!disks.has(dev))
				disks.set(dev, {starts: [], ends: [], places: []});
			disks.get(dev).starts.push(issued);
			disks.get(dev).ends.push(issued + c['disk-ns'][i]);
			disks.get(dev).places.push(i);
		});
		return [...disks].flatMap(([dev, {starts, ends, places}]) => {
			const number = Math.floor(dev / 2 ** 20) + ':' + dev % 2 ** 20;
			const row = (trace.report.io?.disks ?? []).find(d => d.dev === number);
			const name = shown(row?.name ?? number);
			return [{type: 'queue', name: 'queue of ' + name, height: WAITERS_HEIGHT,
				steps: stepUp(starts, ends, trace.start, trace.end), requests: starts.length},
			...this.requestLanes(name, starts, ends, places)];
		});
	}

	// Single requests, side by side those that overlap; what has no room is in the queue's curve alone.
	requestLanes(disk, starts, ends, places) {
		const {trace} = this, rows = [], ops = trace.columns['disk-op'];
		for (const k of [...starts.keys()].sort((a, b) => starts[a] - starts[b])) {
			let row = rows.find(r => r.end <= starts[k]);
			if (!row && rows.length < REQUEST_ROWS)
				rows.push(row = {pieces: new Pieces()});
			if (!row)
				continue;
			row.pieces.add(starts[k], ends[k], ops[places[k]] < 2 ? 1 + ops[places[k]] : REQUEST_OTHER, places[k]);
			row.end = ends[k];
		}
		return rows.map(({pieces}, i) => ({type: 'request', name: i ? 'requests' : 'requests of ' + disk, disk, height: LANE_HEIGHT,
			below: i > 0, slices: sliceUp(pieces, trace.start, trace.end)}));
	}

	// Of threads that the report calls event loops.
	loopLanes() {
		const {trace} = this, poll = BLOCKED + trace.names.causes.findIndex(([name]) => name === 'poll');
		return (trace.report.loops ?? []).flatMap(row => this.ofTid(row.tid)
			.filter(lane => trace.names.tasks[lane.task][1] === row.pid).slice(0, 1)
			.map(lane => loopLane(trace, row, lane, poll)));
	}

	// [id, heading, lanes] of each
	processes() {
		const {trace} = this, processes = new Map();
		trace.tasks.forEach((slices, id) => {
			if (!slices.n)
				return;
			const [, pid] = trace.names.tasks[id];
			if (!processes.has(pid))
				processes.set(pid, []);
			const lane = {type: 'task', name: trace.taskName(id), task: id, slices, height: LANE_HEIGHT};
			this.byTask.set(id, lane);
			processes.get(pid).push(lane);
		});
		// Those of one thread share a heading: a build has hundreds.
		const single = [...processes.values()].filter(lanes => lanes.length === 1);
		const sections = single.length > 1 ? [['process-single', 'Processes of one thread', single.flat()]] : [];
		return sections.concat([...processes].filter(([, lanes]) => lanes.length > 1 || !sections.length).map(([pid, lanes]) => {
			lanes.sort((a, b) => a.slices.begin() - b.slices.begin() || a.task - b.task);
			const leader = lanes.find(l => trace.names.tasks[l.task][0] === pid) ?? lanes[0];
			return ['process-' + pid, `Process ${shown(trace.names.tasks[leader.task][3])} ${pid}`, lanes];
		}));
	}

	// Gives each lane and heading its y; folded ones have none.
	layout() {
		let y = 0;
		this.shown = [];
		for (const section of this.sections) {
			Object.assign(section, {type: 'heading', y, height: HEADING_HEIGHT});
			this.shown.push(section);
			y += HEADING_HEIGHT;
			for (const lane of section.lanes) {
				lane.section = section;
				lane.y = section.folded ? -1 : y;
				if (section.folded)
					continue;
				this.shown.push(lane);
				y += lane.height + 2;
			}
			y += 4;
		}
		this.height = y;
	}

	// The first of `shown` that ends below y.
	firstAt(y) {
		let low = 0, high = this.shown.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.shown[middle].y + this.shown[middle].height <= y)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	at(y) {
		const lane = this.shown[this.firstAt(y)];
		return lane && lane.y <= y ? lane : undefined;
	}

	unfold(lane) {
		if (lane.y >= 0)
			return;
		lane.section.folded = false;
		this.layout();
	}

	// All tasks that ever had the tid, of which the report speaks.
	ofTid(tid) {
		return [...this.byTask.values()].filter(lane => this.trace.names.tasks[lane.task][0] === tid);
	}

	all() {
		return this.sections.flatMap(section => section.lanes);
	}

	levels(lane, looks) {
		lane.levels ??= new Levels(lane.slices, looks);
		return lane.levels;
	}

	steps(lane) {
		lane.steps ??= this.trace.waits(lane.object);
		lane.stepLevels ??= new StepLevels(lane.steps.slices);
		return lane.stepLevels;
	}
}
