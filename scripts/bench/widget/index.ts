import { launchChromium } from '../../../tests/support/chromium.ts';
import { startServer } from '../../../tests/support/process.ts';
import { createSiteAt } from '../../../tests/support/server-api.ts';
import { startBenchPostgres } from '../seeded.ts';
import { median, type Bench, type Measured } from '../bench.ts';
import { GREETING, startHost } from './host.ts';
import { downloadN8nChat } from './n8n-chat.ts';
import { visit } from './visit.ts';

/** Compares Frontdesk's widget with n8n's chat on the same landing page, on a slow phone. */
export const widgetBench: Bench = {
	name: 'widget',
	async run({ rounds }) {
		const files = await downloadN8nChat();
		const postgres = await startBenchPostgres();
		const server = await startServer({ DATABASE_URL: postgres.url });
		const site = await createSiteAt(server.url, 'Bench', { greeting: GREETING });
		const host = await startHost(server.url, site, files);
		const browser = await launchChromium();
		const [greeting, busy, size, task] = [
			measurement('widget: from navigation to greeting ÷ @n8n/chat', 'ms', '≤ 1'),
			measurement('widget: main-thread time until the visitor can type ÷ @n8n/chat', 'ms', '≤ 1'),
			measurement('widget: transfer size until the visitor can type ÷ @n8n/chat', 'KB', '≤ 0.1'),
			measurement(
				'widget: page’s longest task before opening ÷ the page without a widget',
				'ms',
				'≈ 1',
			),
		];
		const shifts: number[] = [];
		try {
			for (let round = 0; round < rounds; round += 1) {
				const alone = await visit(browser, host.url, 'none');
				const ours = await visit(browser, host.url, 'ours');
				const theirs = await visit(browser, host.url, 'n8n');
				greeting.rounds.push({ ours: ours.greeting, baseline: theirs.greeting });
				busy.rounds.push({ ours: ours.busy - alone.busy, baseline: theirs.busy - alone.busy });
				size.rounds.push({ ours: ours.size - alone.size, baseline: theirs.size - alone.size });
				task.rounds.push({ ours: ours.longestTask || 1, baseline: alone.longestTask || 1 });
				shifts.push(ours.layoutShift);
			}
		} finally {
			await browser.close();
			host.close();
			await server.stop();
			await postgres.stop();
		}
		task.name += ` (layout shift ${median(shifts).toFixed(4)})`;
		return [greeting, busy, size, task];
	},
};

const measurement = (name: string, unit: string, goal: string): Measured => ({
	name,
	unit,
	rounds: [],
	goal,
});
