import { expect, it } from 'vitest';
import { connections } from './connections/index.ts';
import { inbox } from './inbox/index.ts';
import { inboxLive } from './inbox-live/index.ts';
import { messagePath } from './message-path/index.ts';
import { start } from './start/index.ts';
import { statisticsBench } from './statistics/index.ts';
import { turn } from './turn/index.ts';
import { widgetBench } from './widget/index.ts';

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
