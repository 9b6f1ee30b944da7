import { launchChromium } from '../../../tests/support/chromium.ts';
import { startServer } from '../../../tests/support/process.ts';
import { createSiteAt } from '../../../tests/support/server-api.ts';
import { startBenchPostgres } from '../seeded-database.ts';
import { median, type Bench, type Goal, type Measurement } from '../bench.ts';
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
		const [greetingTime, mainThreadTime, transferSize, longestTask] = [
			createMeasurement('widget: from navigation to greeting ÷ @n8n/chat', 'ms', '≤ 1'),
			createMeasurement(
				'widget: main-thread time until the visitor can type ÷ @n8n/chat',
				'ms',
				'≤ 1',
			),
			createMeasurement(
				'widget: transfer size until the visitor can type ÷ @n8n/chat',
				'KB',
				'≤ 0.1',
			),
			createMeasurement(
				'widget: page’s longest task before opening ÷ the page without a widget',
				'ms',
				'≤ 1.05',
			),
		];
		const shifts: number[] = [];
		try {
			for (let round = 0; round < rounds; round += 1) {
				const withoutWidget = await visit(browser, host.url, 'none');
				const ours = await visit(browser, host.url, 'ours');
				const n8n = await visit(browser, host.url, 'n8n');
				greetingTime.rounds.push({ ours: ours.greetingMs, baseline: n8n.greetingMs });
				mainThreadTime.rounds.push({
					ours: ours.mainThreadMs - withoutWidget.mainThreadMs,
					baseline: n8n.mainThreadMs - withoutWidget.mainThreadMs,
				});
				transferSize.rounds.push({
					ours: ours.transferKilobytes - withoutWidget.transferKilobytes,
					baseline: n8n.transferKilobytes - withoutWidget.transferKilobytes,
				});
				longestTask.rounds.push({
					ours: ours.longestTaskMs || 1,
					baseline: withoutWidget.longestTaskMs || 1,
				});
				shifts.push(ours.layoutShift);
			}
		} finally {
			await browser.close();
			host.close();
			await server.stop();
			await postgres.stop();
		}
		longestTask.name += ` (layout shift ${median(shifts).toFixed(4)})`;
		return [greetingTime, mainThreadTime, transferSize, longestTask];
	},
};

const createMeasurement = (name: string, unit: string, goal: Goal): Measurement => ({
	name,
	unit,
	rounds: [],
	goal,
});
