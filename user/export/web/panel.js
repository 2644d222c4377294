// SPDX-License-Identifier: GPL-2.0-only
// The details: of a slice, of a range of time, of a finding.
const WAKE_WORDS = ['not seen', 'a task', 'a timer', 'the network', 'a disk', 'an interrupt'];
const OPS = ['read', 'write', 'flush', 'discard'];
const CONFIDENCE = ['', ' (guessed from who came next)', ' (it released it, or was given it)', ''];

function requestWords(trace, ref) {
	return `${OPS[trace.columns['disk-op'][ref]] ?? 'request'} ${bytesWords(trace.columns['disk-bytes'][ref])}`;
}

class Panel {
	constructor(trace, lanes, node, go) {
		Object.assign(this, {trace, lanes, node, go});
		this.hint();
	}

	put(...children) {
		const back = this.go.past() ? element('button', {type: 'button', id: 'back', title: 'Back (B)', onclick: () => this.go.back()}, '← Back') : undefined;
		const focused = this.node.contains(document.activeElement);
		this.node.replaceChildren(...[back, ...children].filter(c => c));
		// Who pressed one of the buttons that are gone now goes on from the same place.
		if (focused)
			(back ?? byId('canvas')).focus({preventScroll: true});
		this.bringUp();
	}

	// Where the findings leave too little room, the details are scrolled to.
	bringUp() {
		const side = byId('side'), section = this.node.parentNode, top = section.getBoundingClientRect().top - side.getBoundingClientRect().top;
		if (this.begun && (top < 0 || top > side.clientHeight / 2))
			side.scrollTop += top;
		this.begun = true;
	}

	hint() {
		this.put(element('p', {class: 'hint'}, 'Begin with the first finding: it says what cost most, and leads there. Then click slices: ' +
			'from one that is blocked it is one click to who held the lock, and to who woke it. ' +
			'Shift and drag, or Range, for where a part of the time went.'));
	}

	// A button that leads to what the task did at that time.
	taskAt(id, ns, words = this.trace.taskName(id), title = undefined) {
		return element('button', {type: 'button', title, onclick: () => this.go.taskAt(id, ns)}, words);
	}

	list(pairs) {
		return element('dl', {}, ...pairs.filter(([, value]) => value !== undefined && value !== '')
			.flatMap(([key, value]) => [element('dt', {}, key), element('dd', {}, value)]));
	}

	task(id) {
		const pid = this.trace.names.tasks[id][1], name = this.trace.taskName(id) + ' of process ' + pid;
		return element('button', {type: 'button', onclick: () => this.go.task(id)}, name);
	}

	object(id) {
		return element('button', {type: 'button', onclick: () => this.go.object(id)}, this.trace.objectName(id));
	}

	holder(value, ns) {
		if (!value)
			return 'not known';
		return element('span', {}, this.taskAt(value - 1 >>> 2, ns), CONFIDENCE[(value - 1) % 4]);
	}

	// Who held the object while one waited for it, and what they did: what was really waited for.
	heldMeanwhile(object, from, to) {
		const rows = heldBy(this.trace, object, from, to), {kinds} = this.trace;
		const words = ({ns, did}) => [...did].sort((a, b) => b[1] - a[1]).slice(0, 4)
			.map(([kind, part]) => part === ns ? kinds.words(kind) : `${kinds.words(kind)} ${duration(part)}`).join(', ');
		return rows.length ? element('div', {class: 'held'}, element('h3', {}, 'Held in that time by'),
			this.list(rows.slice(0, MOST_WAITERS).map(row => [duration(row.ns), element('span', {}, row.task === undefined ? 'not known' :
				this.taskAt(row.task, row.from), row.did.size ? ' ' + words(row) : '')])),
			rows.length > MOST_WAITERS ? element('p', {class: 'hint'}, `and ${rows.length - MOST_WAITERS} more`) : '') : undefined;
	}

	// What the holder did while it held.
	meanwhile(task, from, to) {
		const slices = this.trace.tasks[task], {kinds} = this.trace, did = slices?.n ? didMeanwhile(slices, kinds, from, to) : [];
		return did.length ? element('div', {}, element('h3', {}, `Meanwhile ${this.trace.taskName(task)} was`),
			this.list(did.slice(0, 6).map(([kind, ns]) => [kinds.words(kind), `${duration(ns)}, ${percent(ns / (to - from))}`]))) : undefined;
	}

	// Where samples found the code.
	functions(tasks, from, to, title) {
		const {n, rows} = this.trace.samples.hottest(tasks, from, to);
		if (!n)
			return undefined;
		const left = rows.slice(MOST_FUNCTIONS).reduce((sum, row) => sum + row.n, 0);
		return element('div', {class: 'functions'}, element('h3', {}, `${title} (${count(n, 'sample')})`),
			element('ol', {}, ...rows.slice(0, MOST_FUNCTIONS).map(row => element('li', {'data-n': row.n}, `${percent(row.n / n)} `,
				element('b', {}, (row.kernel ? 'kernel, called from ' : '') + row.name), ' ',
				element('small', {title: row.file}, row.file ? row.file.split('/').pop() + ':' + row.line : row.module)))),
			left ? element('p', {class: 'hint'}, `and ${percent(left / n)} in ${count(rows.length - MOST_FUNCTIONS, 'other function')}`) : undefined);
	}

	stack(title, id) {
		const stack = this.trace.stack(id);
		if (!stack)
			return undefined;
		const frames = stack.frames.map(([name, near, file, line, module, address]) => element('li', {},
			(near ? 'near ' : '') + (name || `${module || '?'}+${address}`), ' ',
			element('small', {title: file}, file ? file.split('/').pop() + ':' + line : name ? module : '')));
		return element('div', {}, element('h3', {}, title), element('ol', {}, ...frames),
			stack.complete ? undefined : element('p', {class: 'hint'}, 'The outer callers are not known.'));
	}

	times(slices, i) {
		const {start} = slices, zero = this.trace.start;
		return [['lasts', `${duration(start[i + 1] - start[i])} (${exact(start[i + 1] - start[i])})`],
			['from', exact(start[i] - zero)], ['to', exact(start[i + 1] - zero)]];
	}

	// What to say of a slice in one line, for the tip and for screen readers.
	line(lane, i) {
		const {trace} = this, {slices} = lane, kind = slices.kind[i], lasts = duration(slices.start[i + 1] - slices.start[i]);
		if (lane.type === 'cpu')
			return `${lane.name}: ${['idle', '', 'other program: ', 'not recorded'][kind]}${kind === CPU_WORK || kind === CPU_OTHER ? trace.taskName(slices.ref[i]) : ''}, ${lasts}`;
		if (lane.type === 'hold') {
			const who = trace.columns['hold-task'][slices.ref[i]];
			return `${lane.name}: ${kind ? 'held by ' + (who ? trace.taskName(who - 1 >>> 2) : 'somebody not known') : 'not held while others wait'}, ${lasts}`;
		}
		if (lane.type === 'loop')
			return `${lane.name}: ${kind ? (kind === LONG_TURN ? 'a long turn' : 'a turn') : 'waits for events'}, ${lasts}`;
		if (lane.type === 'request')
			return `${lane.disk}: ${kind ? requestWords(trace, slices.ref[i]) : 'nothing'}, ${lasts}`;
		if (lane.type === 'path') {
			const row = lane.rows[slices.ref[i]];
			return kind ? `critical path: ${row.comm === undefined ? '' : shown(row.comm) + ' ' + row.tid + ' '}${row.state}${row.cause ? ', ' + row.cause : ''}, ${lasts}` : 'no critical path';
		}
		let text = `${lane.name}: ${trace.kinds.words(kind)}, ${lasts}`;
		const what = kind >= BLOCKED ? trace.columns['task-what'][slices.ref[i]] : 0;
		if (what)
			text += '\n' + this.what(what);
		return text;
	}

	what(value) {
		return value % 2 ? this.trace.objectName((value - 1) / 2) : shown(this.trace.names.files[(value - 2) / 2]);
	}

	slice(lane, i) {
		const kind = lane.slices.kind[i], ref = lane.slices.ref[i];
		if (lane.type === 'task')
			return this.taskSlice(lane, i);
		if (lane.type === 'path')
			return this.pathSlice(lane, i);
		if (lane.type === 'loop')
			return this.turn(lane, i);
		if (lane.type === 'request')
			return this.request(lane, i);
		const begin = lane.slices.start[i], end = lane.slices.start[i + 1];
		let more;
		const pairs = [['lane', lane.name]];
		if (lane.type === 'cpu') {
			pairs.push(['use', ['idle', 'the workload', 'another program', 'not recorded'][kind]]);
			if (kind === CPU_WORK || kind === CPU_OTHER)
				pairs.push(['task', this.taskAt(ref, begin)]);
			more = kind === CPU_WORK ? this.functions([ref], begin, end, 'Ran') : kind ? undefined : this.idle(lane.cpu);
		} else if (lane.type === 'hold') {
			const who = this.trace.columns['hold-task'][ref];
			pairs.push(['object', lane.name], ['held by', kind ? this.holder(who, begin) : 'nobody, or nobody waited']);
			more = kind ? element('div', {}, this.waiters(lane.object, begin, end), who ? this.meanwhile(who - 1 >>> 2, begin, end) : '') : undefined;
		}
		return this.put(this.list(pairs.concat(this.times(lane.slices, i))), more);
	}

	// Who waited for the object in that time, and how long.
	waiters(object, from, to) {
		const found = waitersOf(this.trace, this.lanes, object, from, to);
		return element('div', {}, element('h3', {}, count(found.length, 'thread') + ' waited'),
			this.list(found.slice(0, MOST_WAITERS).map(([lane, i, ns]) => [duration(ns),
				element('button', {type: 'button', onclick: () => this.go.slice(lane, i)}, lane.name)])),
			found.length > MOST_WAITERS ? element('p', {class: 'hint'}, `and ${found.length - MOST_WAITERS} more`) : '');
	}

	turn(lane, i) {
		const {start, kind} = lane.slices, {row} = lane, from = start[i], to = start[i + 1];
		const {kinds} = this.trace, did = kind[i] ? didMeanwhile(this.trace.tasks[lane.task], kinds, from, to) : [];
		const words = ['the wait between two turns', 'a turn', 'a long turn'];
		this.put(this.list([['loop', this.taskAt(lane.task, from)], ['this is', words[kind[i]]], ...this.times(lane.slices, i),
			...did.map(([k, ns]) => [kinds.words(k), duration(ns)])]), kind[i] ? this.functions([lane.task], from, to, 'Ran in this turn') : undefined,
		element('h3', {}, 'All turns'), this.list([['turns', row.turns.toLocaleString('en')], ['busy', duration(row.busy_ns)],
			['half within', duration(row.p50_ns)], ['99 % within', duration(row.p99_ns)]]),
		element('h3', {}, 'The longest'), element('p', {}, ...longestTurns(lane).map(k => element('button', {type: 'button',
			onclick: () => this.go.slice(lane, k)}, duration(start[k + 1] - start[k])))));
	}

	request(lane, i) {
		const {slices} = lane, ref = slices.ref[i], c = this.trace.columns, who = c['disk-task'][ref];
		this.put(this.list([['disk', lane.disk], ['request', slices.kind[i] ? requestWords(this.trace, ref) : 'none'],
			['issued by', !slices.kind[i] ? undefined : who ? this.taskAt(who - 1, slices.start[i]) : 'not known'], ...this.times(slices, i)]),
		element('p', {class: 'hint'}, `Up to ${REQUEST_ROWS} requests at once have lanes; the queue's curve counts all.`));
	}

	// Why CPUs were idle: one of them, or all; over the whole recording, as the report has it.
	idle(cpu) {
		const {report} = this.trace, rows = (cpu === undefined ? report.idle?.by : report.cpus?.[cpu]?.idle_because) ?? [];
		return rows.length ? element('div', {class: 'idle'}, element('h3', {}, 'Idle in all of the recording, because of'),
			this.list(rows.map(row => [duration(row.ns), row.subject ?? row.cause]))) : undefined;
	}

	// The same of a range of time, by cause, from the slices.
	idleBetween(from, to) {
		const {idle} = this.trace, rows = idle.between(from, to);
		return rows.length ? element('div', {class: 'idle-range'}, element('h3', {}, 'CPUs were idle in it because of'),
			this.list(rows.map(([cause, ns]) => [duration(ns), element('span', {'data-cause': idle.name(cause), 'data-ns': ns},
				`${idle.name(cause)}, ${(ns / (to - from)).toFixed(2)} CPUs`)]))) : undefined;
	}

	// Lanes that have no slices.
	curve(lane) {
		if (lane.type === 'waiters')
			return this.put(this.list([['lane', lane.name], ['of', this.object(lane.object)], ['at most', String(lane.steps?.most)]]));
		if (lane.type === 'queue')
			return this.put(this.list([['lane', lane.name], ['at most', String(lane.steps?.most)], ['requests', String(lane.requests)]]));
		return this.put(this.list([['lane', lane.name], ['of', count(lane.most, 'CPU')]]), lane.type === 'idle' ? this.idle() : undefined);
	}

	// What a curve shows at a time, in one line.
	value(lane, ns, perPixel) {
		const {trace} = this, at = Math.max(trace.start, ns - perPixel / 2), to = Math.min(trace.end, Math.max(at + 1, ns + perPixel / 2));
		if (to <= at)
			return '';
		if (lane.type === 'idle') {
			const rows = trace.idle.between(at, to), all = rows.reduce((sum, [, part]) => sum + part, 0);
			return [`${lane.name}: ${(all / (to - at)).toFixed(2)}`, ...rows.map(([cause, part]) => `${trace.idle.name(cause)} ${(part / (to - at)).toFixed(2)}`)].join('\n');
		}
		if (lane.type === 'load')
			return lane.name;
		const {slices} = lane.steps, i = slices.n ? slices.at(ns) : -1;
		return `${lane.name}: ${i >= 0 && slices.kind[i] && ns < slices.end() ? slices.ref[i] : 0} at once`;
	}

	pathSlice(lane, i) {
		const row = lane.slices.kind[i] ? lane.rows[lane.slices.ref[i]] : {};
		this.put(this.list([['lane', 'critical path'], ['task', row.comm && row.comm + ' ' + row.tid], ['state', row.state], ['cause', row.cause],
			['waited for', row.subject], ['pieces', row.pieces && String(row.pieces)], ...this.times(lane.slices, i)]));
	}

	taskSlice(lane, i) {
		const {trace} = this, c = trace.columns, {slices} = lane, kind = slices.kind[i], ref = slices.ref[i];
		const pairs = [['task', this.task(lane.task)], ['state', trace.kinds.state(kind)]];
		const blocked = kind >= BLOCKED, what = blocked ? c['task-what'][ref] : 0, wake = wakeOf(trace, lane, i);
		if (kind === RUNNING)
			pairs.push(['on', 'CPU ' + ref]);
		if (kind === PREEMPTED || kind === THROTTLED)
			pairs.push(['because', kind === PREEMPTED ? 'preempted, or it yielded' : 'its quota is used up']);
		if (blocked) {
			pairs.push(['cause', `${trace.kinds.causes[kind - BLOCKED][0]}: ${trace.kinds.causes[kind - BLOCKED][2]}`]);
			if (what)
				pairs.push([what % 2 ? 'object' : 'file', what % 2 ? this.object((what - 1) / 2) : this.what(what)]);
			if (what % 2)
				pairs.push(['held by', this.holder(c['task-holder'][ref], slices.start[i])]);
		}
		if (wake)
			pairs.push([blocked ? 'woken by' : 'was woken by', wake.task === undefined ? WAKE_WORDS[wake.source] : this.taskAt(wake.task, wake.ns)]);
		this.put(this.list(pairs.concat(this.times(slices, i))),
			kind === RUNNING ? this.functions([lane.task], slices.start[i], slices.start[i + 1], 'Ran') : undefined,
			what % 2 ? this.heldMeanwhile((what - 1) / 2, slices.start[i], slices.start[i + 1]) : undefined, blocked ? this.stack('Waits at', c['task-stack'][ref]) : undefined,
			wake ? this.stack('Woken from', c['waker-stack'][wake.ref]) : undefined);
	}

	range(partition) {
		this.put(this.list([['range', `${duration(partition.length)} (${exact(partition.length)})`],
			['from', exact(partition.from - this.trace.start)], ['to', exact(partition.to - this.trace.start)]]), partition.table(this.go),
			this.idleBetween(partition.from, partition.to),
			this.functions(this.lanes.byTask.keys(), partition.from, partition.to, 'Hottest functions, all threads'));
	}

	finding(f) {
		const evidence = Object.entries(f.evidence ?? {}).map(([key, value]) =>
			[key.replace(/_ns$/, '').replaceAll('_', ' '), key.endsWith('_ns') ? duration(value) : String(value)]);
		const wait = f.sync === undefined ? undefined : longestWait(this.trace, this.lanes, f.sync);
		this.put(element('h3', {}, f.summary), f.detail ? element('p', {}, f.detail) : undefined,
			this.list([['subject', f.subject], ['share', f.share === undefined ? undefined : percent(f.share)], ...evidence]),
			f.advice ? element('p', {}, 'Try: ' + f.advice) : undefined,
			wait ? element('button', {type: 'button', id: 'longest-wait', onclick: () => this.go.slice(wait.lane, wait.index)},
				`Show the longest wait for it: ${wait.lane.name}, ${duration(wait.ns)}`) : undefined);
	}
}
