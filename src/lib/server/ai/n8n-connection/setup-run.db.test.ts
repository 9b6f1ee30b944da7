import { eq } from 'drizzle-orm';
import { afterEach, expect, it, vi } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { n8n_connections } from '../../core/db/schema/index.ts';
import { claimConnection, SetupRun } from './setup-run.ts';

const t = useTestApp();
afterEach(() => vi.useRealTimers());

it('a step that outlasts the lease of its run keeps other runs out', async () => {
	vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
	const { id: site_id } = await createSite(t.app);
	const [inserted] = await t.app.db
		.insert(n8n_connections)
		.values({
			...{ site_id, url: 'https://n8n.example', frontdesk_url: 'https://desk.example' },
			status: 'failed',
			made: {
				...{ tag: 'x1', sealed_header_value: '', sealed_lead_secret: '' },
				...{ previous_connector: null, api_key_id: null, endpoint_id: null },
				...{ credentials: [], workflows: [] },
			},
		})
		.returning();
	const id = inserted?.id ?? 0;
	const isRow = eq(n8n_connections.id, id);
	const run = new SetupRun(t.ctx(), await claimConnection(t.ctx(), id, {}), [['test_ai', 'Test']]);
	const isDone = await run.execute({
		test_ai: async () => {
			const past = new Date(t.app.clock().getTime() - 1_000);
			await t.app.db.update(n8n_connections).set({ running_until: past }).where(isRow);
			vi.advanceTimersByTime(60_000);
			await vi.waitFor(async () => {
				const [row] = await t.app.db.select().from(n8n_connections).where(isRow);
				expect(row?.running_until?.getTime()).toBeGreaterThan(past.getTime());
			});
			await expect(claimConnection(t.ctx(), id, {})).rejects.toMatchObject({ code: 'conflict' });
			return null;
		},
	});
	expect(isDone).toBe(true);
	await run.end('connected');
	expect(vi.getTimerCount()).toBe(0);
	await claimConnection(t.ctx(), id, {});
});
