import { expect, test } from 'vitest';
import { ReadTogether } from './read-together.ts';

/** A statement that answers when it is told to, with twice the question. */
function held() {
	const batches: number[][] = [];
	const releases: (() => void)[] = [];
	const reader = new ReadTogether<number, number>(async (questions) => {
		batches.push(questions);
		await new Promise<void>((resolve) => releases.push(resolve));
		if (questions.includes(13)) throw new Error('unlucky');
		return questions.map((question) => (question < 0 ? undefined : question * 2));
	});
	const release = async () => {
		while (releases.length > 0) {
			releases.splice(0).forEach((resolve) => resolve());
			await new Promise(setImmediate);
		}
	};
	return { reader, batches, release };
}

test('what is asked while statements are on their way is read by the next one, each with its own answer', async () => {
	const { reader, batches, release } = held();
	const answers = Promise.all([1, 2, 3, -4, 5].map((question) => reader.ask(question)));
	await release();
	expect(await answers).toEqual([2, 4, 6, undefined, 10]);
	expect(batches).toEqual([[1], [2], [3, -4, 5]]);
});

test('a refused statement is told to those who asked by it, and the next one goes out', async () => {
	const { reader, release } = held();
	const answers = Promise.allSettled([1, 2, 13, 4].map((question) => reader.ask(question)));
	await release();
	expect((await answers).map(({ status }) => status)).toEqual([
		'fulfilled',
		'fulfilled',
		'rejected',
		'rejected',
	]);
	const later = reader.ask(7);
	await release();
	expect(await later).toBe(14);
});

test('a statement is bounded', async () => {
	const { reader, batches, release } = held();
	const answers = Promise.all(
		Array.from({ length: 100 }, (_, n) => n + 20).map((question) => reader.ask(question)),
	);
	await release();
	expect(await answers).toHaveLength(100);
	expect(Math.max(...batches.map(({ length }) => length))).toBe(32);
});
