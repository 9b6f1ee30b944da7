// @module-tag thorough
import { expect, it } from 'vitest';
import { describeWith } from '../../tests/support/tools.ts';
import { audience } from './audience/index.ts';
import type { Bench } from './bench.ts';
import { connections } from './connections/index.ts';
import { counts } from './counts/index.ts';
import { inbox } from './inbox/index.ts';
import { inboxLive } from './inbox-live/index.ts';
import { loop } from './loop/index.ts';
import { messagePath } from './message-path/index.ts';
import { processes } from './processes/index.ts';
import { start } from './start/index.ts';
import { statisticsBench } from './statistics/index.ts';
import { turn } from './turn/index.ts';
import { widgetBench } from './widget/index.ts';

it.each([
	// With 200 visitors, a busy machine may need a second to complete a message.
	{ bench: messagePath, figures: 3, sessions: 100, seconds: 1 },
	{ bench: audience, figures: 4, sessions: 200, seconds: 1 },
	{ bench: counts, figures: 7, sessions: 20 },
	{ bench: turn, figures: 15, sessions: 100 },
	// Fewer connections would take no measurable memory.
	{ bench: connections, figures: 2, sessions: 1_000 },
	{ bench: start, figures: 2, sessions: 100 },
	{ bench: statisticsBench, figures: 1, sessions: 100 },
	{ bench: inbox, figures: 5, sessions: 300 },
	{ bench: loop, figures: 5, sessions: 1_000 },
	{ bench: inboxLive, figures: 4, sessions: 300 },
	{ bench: widgetBench, figures: 4, sessions: 100 },
])(
	'the $bench.name bench measures both sides',
	async ({ bench, figures, sessions, seconds = 0.2 }) => {
		await expectFigures(bench, figures, { seconds, sessions });
	},
);

describeWith('redis-server', 'with Redis', () => {
	describeWith('nginx', 'and nginx', () => {
		it('the processes bench measures both sides', async () => {
			// Fewer visitors would reach the limit of messages per chat on a fast machine.
			await expectFigures(processes, 6, { seconds: 1, sessions: 150 });
		});
	});
});

async function expectFigures(
	bench: Bench,
	figures: number,
	options: { seconds: number; sessions?: number },
): Promise<void> {
	const measured = await bench.run({ ...options, rounds: 1 });
	expect(measured.length).toBeGreaterThanOrEqual(figures);
	for (const { rounds } of measured) {
		for (const { ours, baseline } of rounds) expect(Math.min(ours, baseline)).toBeGreaterThan(0);
	}
}
