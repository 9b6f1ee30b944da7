import { expect, it } from 'vitest';
import { messagePath } from './message-path';
import { statisticsBench } from './statistics';

it('the message-path bench runs, and both sides of it do work', async () => {
	const measured = await messagePath.run({ seconds: 1, rounds: 1 });
	expect(measured).toHaveLength(3);
	for (const { rounds } of measured) {
		for (const { ours, baseline } of rounds) expect(Math.min(ours, baseline)).toBeGreaterThan(0);
	}
});

it('the statistics bench runs, and both sides of it do work', async () => {
	const [measured] = await statisticsBench.run({ seconds: 1, rounds: 1 });
	for (const { ours, baseline } of measured?.rounds ?? []) {
		expect(Math.min(ours, baseline)).toBeGreaterThan(0);
	}
});
