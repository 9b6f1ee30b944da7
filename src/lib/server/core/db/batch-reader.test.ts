import { expect, it } from 'vitest';
import { BatchReader } from './batch-reader.ts';

/** Creates a reader that doubles its keys, once each batch is released. */
function createHeldReader() {
	const batches: number[][] = [];
	const releases: (() => void)[] = [];
	const reader = new BatchReader<number, number>(async (keys) => {
		batches.push(keys);
		await new Promise<void>((resolve) => releases.push(resolve));
		if (keys.includes(13)) throw new Error('unlucky');
		return keys.map((key) => (key < 0 ? undefined : key * 2));
	});
	const release = async () => {
		while (releases.length > 0) {
			releases.splice(0).forEach((resolve) => resolve());
			await new Promise(setImmediate);
		}
	};
	return { reader, batches, release };
}

it('requests during running queries share the next query, and each gets its own result', async () => {
	const { reader, batches, release } = createHeldReader();
	const results = Promise.all([1, 2, 3, -4, 5].map((key) => reader.read(key)));
	await release();
	expect(await results).toEqual([2, 4, 6, undefined, 10]);
	expect(batches).toEqual([[1], [2], [3, -4, 5]]);
});

it('a failed query rejects the requests of its batch only', async () => {
	const { reader, release } = createHeldReader();
	const results = Promise.allSettled([1, 2, 13, 4].map((key) => reader.read(key)));
	await release();
	expect((await results).map(({ status }) => status)).toEqual([
		'fulfilled',
		'fulfilled',
		'rejected',
		'rejected',
	]);
	const later = reader.read(7);
	await release();
	expect(await later).toBe(14);
});

it('the size of a batch is limited', async () => {
	const { reader, batches, release } = createHeldReader();
	const results = Promise.all(
		Array.from({ length: 100 }, (_, n) => n + 20).map((key) => reader.read(key)),
	);
	await release();
	expect(await results).toHaveLength(100);
	expect(Math.max(...batches.map(({ length }) => length))).toBe(32);
});
