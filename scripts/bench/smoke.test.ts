import { expect, it } from 'vitest';
import { connections } from './connections';
import { inbox } from './inbox';
import { inboxLive } from './inbox-live';
import { messagePath } from './message-path';
import { start } from './start';
import { statisticsBench } from './statistics';
import { turn } from './turn';
import { widgetBench } from './widget';

it.each([
	{ bench: messagePath, figures: 3 },
	{ bench: turn, figures: 6 },
	{ bench: connections, figures: 2 },
	{ bench: start, figures: 2 },
	{ bench: statisticsBench, figures: 1 },
	{ bench: inbox, figures: 5 },
	{ bench: inboxLive, figures: 2 },
	{ bench: widgetBench, figures: 4 },
])('the $bench.name bench runs, and both sides of it do work', async ({ bench, figures }) => {
	const measured = await bench.run({ seconds: 1, rounds: 1, sessions: 1_500 });
	expect(measured.length).toBeGreaterThanOrEqual(figures);
	for (const { rounds } of measured) {
		for (const { ours, baseline } of rounds) expect(Math.min(ours, baseline)).toBeGreaterThan(0);
	}
});
