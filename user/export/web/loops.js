// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event loops: a turn lasts from the end of one wait for events to the beginning of the next, as in
 * the report. Which threads loop is told there.
 */
const TURN = 1, LONG_TURN = 2, LONGEST_TURNS = 5;

// Turns of a task, as pieces.
function findTurns(slices, poll) {
	const {start, kind, first, n} = slices, turns = new Pieces();
	let began = -1;
	for (let i = first; i < first + n; i++) {
		if (kind[i] !== poll)
			continue;
		if (began >= 0)
			turns.add(began, start[i], TURN, 0);
		began = start[i + 1];
	}
	if (began >= 0 && slices.end() > began)
		turns.add(began, slices.end(), TURN, 0);
	return turns;
}

function loopLane(trace, row, lane, poll) {
	const turns = findTurns(lane.slices, poll);
	// The last one counts only if the thread had not ended.
	turns.n = Math.min(turns.n, row.turns);
	const lengths = Float64Array.from({length: turns.n}, (_, i) => turns.end[i] - turns.start[i]);
	const sorted = lengths.slice().sort();
	// Of those that are longer than is usual the longest, and one of a hundred.
	const least = Math.max(2 * row.p50_ns + 1, Math.min(row.p99_ns, sorted[Math.max(0, turns.n - LONGEST_TURNS)]));
	for (let i = 0; i < turns.n; i++)
		if (lengths[i] >= least)
			turns.kind[i] = LONG_TURN;
	return {type: 'loop', name: 'loop of ' + lane.name, task: lane.task, row, height: LANE_HEIGHT,
		slices: sliceUp(turns, trace.start, trace.end)};
}

// Places of the lane's longest turns, the longest first.
function longestTurns(lane) {
	const {start, kind, first, n} = lane.slices, places = [];
	for (let i = first; i < first + n; i++)
		if (kind[i] === LONG_TURN)
			places.push(i);
	return places.sort((a, b) => start[b + 1] - start[b] - start[a + 1] + start[a]).slice(0, LONGEST_TURNS);
}
