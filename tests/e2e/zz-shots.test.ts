import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { DESKTOP, PHONE, useBrowser } from '../support/browser.ts';
import { COLLEAGUE, useDashboard } from '../support/built-server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const OUT = '/tmp/close15-shots';
const browser = useBrowser();
const standIn = useStandIn();
const server = useDashboard(browser, () => ({ AI_WEBHOOK_URL: standIn().ai.url('object') }));

it('takes screenshots', async () => {
	const run = spawnSync('npm', ['run', 'db:seed', '--', '--sessions', '900'], {
		encoding: 'utf8',
		env: { ...process.env, DATABASE_URL: server.databaseUrl, SECRET_KEY: 'a secret key for tests only', NODE_ENV: 'development' },
	});
	console.log(run.stdout.slice(-500), run.stderr.slice(-1500));
	expect(run.status).toBe(0);
	await server.query(`update sites set ai_down_since = now() - interval '25 min', ai_probed_at = now() + interval '1 h' where key = 'northbeam-saas'`);
	await server.query(`update sites set handoff = jsonb_set(coalesce(handoff, '{}'), '{is_enabled}', 'true')`).catch(() => undefined);
	const list = (q: string) => server.call<{ items: { session_id: string; site: string }[] }>('GET', `sessions?${q}`);
	const live = (await list('completion_status=in_progress&limit=20')).items;
	const rescued = (await list('attention=rescued')).items[0];
	const claimed = (await list('attention=claimed')).items[0];
	const withdrawn = (await list('attention=withdrawn')).items[0];
	const waitingId = live.find(({ session_id }) => ![rescued, claimed, withdrawn].some((x) => x?.session_id === session_id))?.session_id;
	console.log({ live: live.length, rescued, claimed, withdrawn, waitingId });
	if (waitingId) await server.call('POST', `sessions/${waitingId}/handoff`, { reason: 'Wants to talk about a discount for two roofs', wait_seconds: 600 });
	const pending = (await server.call<{ items: { session_id: string }[] }>('GET', 'leads?delivery=update_pending')).items[0];
	const pages: [string, string | undefined][] = [
		['overview', '/'],
		['inbox', '/inbox'],
		['inbox-rescued', '/inbox?attention=rescued'],
		['chat-waiting', waitingId && `/inbox/${waitingId}`],
		['chat-rescued', rescued && `/inbox/${rescued.session_id}`],
		['chat-claimed', claimed && `/inbox/${claimed.session_id}`],
		['chat-withdrawn', withdrawn && `/inbox/${withdrawn.session_id}`],
		['chat-pending', pending && `/inbox/${pending.session_id}`],
		['lead-waiting', waitingId && `/leads/${waitingId}`],
		['lead-withdrawn', withdrawn && `/leads/${withdrawn.session_id}`],
		['lead-pending', pending && `/leads/${pending.session_id}`],
		['leads', '/leads'],
		['handoff-settings', '/settings/sites/hartmann-roofing/handoff'],
		['completion-settings', '/settings/sites/hartmann-roofing/completion'],
		['notifications', '/settings/notifications'],
		['turns', '/automation/turns'],
		['analytics', '/analytics'],
	];
	for (const colorScheme of ['light', 'dark'] as const) {
		for (const [size, options] of [['1440', DESKTOP], ['390', PHONE]] as const) {
			const page = await server.open('/', { ...options, deviceScaleFactor: 1, colorScheme }, undefined, /./);
			for (const [name, path] of pages) {
				if (!path) continue;
				try {
					await page.goto(server.url + path);
					await page.waitForLoadState('networkidle', { timeout: 6000 }).catch(() => undefined);
					await page.screenshot({ path: `${OUT}/${name}-${size}-${colorScheme}.png`, fullPage: false });
					if (['overview', 'handoff-settings', 'notifications', 'lead-withdrawn', 'lead-pending', 'analytics'].includes(name)) {
						await page.setViewportSize({ width: Number(size), height: name === 'analytics' ? 3600 : 2000 });
						await page.waitForTimeout(300);
						await page.screenshot({ path: `${OUT}/${name}-${size}-${colorScheme}-full.png` });
						await page.setViewportSize(options.viewport ?? { width: 1440, height: 900 });
					}
				} catch (error) {
					console.log(name, size, String(error).slice(0, 200));
				}
			}
			if (withdrawn) {
				const complete = (await list('completion_status=complete&limit=1')).items[0];
				await page.goto(`${server.url}/inbox/${complete?.session_id}`);
				await page.getByRole('button', { name: 'More', exact: true }).click();
				await page.getByRole('menuitem', { name: 'Undo completion' }).click();
				await page.waitForTimeout(400);
				await page.screenshot({ path: `${OUT}/undo-${size}-${colorScheme}.png` });
			}
			await page.context().close();
		}
	}
	void COLLEAGUE;
}, 500_000);
