/** Returns a random UUID. Needed because `crypto.randomUUID` is missing on pages without HTTPS. */
export function createUuid(): string {
	if (crypto.randomUUID) return crypto.randomUUID();
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit, index: number) =>
		(Number(digit) ^ ((bytes[index % 16] ?? 0) & (15 >> (Number(digit) / 4)))).toString(16),
	);
}
