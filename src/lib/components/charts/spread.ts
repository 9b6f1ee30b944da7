/** Moves places apart until none is nearer to the next than the gap, in their order and within the bounds. */
export function spread(
	places: readonly number[],
	{ gap, from, to }: { gap: number; from: number; to: number },
): number[] {
	const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
	let floor = from;
	for (const one of order) {
		one.place = Math.max(one.place, floor);
		floor = one.place + gap;
	}
	let ceiling = to;
	for (const one of order.toReversed()) {
		one.place = Math.min(one.place, ceiling);
		ceiling = one.place - gap;
	}
	const moved = [...places];
	for (const { place, index } of order) moved[index] = place;
	return moved;
}
