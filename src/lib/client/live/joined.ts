/** A list and what follows it, each item once: a page may begin with what facts have brought already. */
export function joined<T extends { id: number }>(list: readonly T[], more: readonly T[]): T[] {
	const known = new Set(list.map(({ id }) => id));
	return [...list, ...more.filter(({ id }) => !known.has(id))];
}
