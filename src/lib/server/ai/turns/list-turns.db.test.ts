import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { turn, type TurnOutcome } from '#lib/contract/turn.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { ai_turns, mails, sites } from '#lib/server/core/db/schema/index.ts';
import { probeFailingSites } from './unchecked.ts';
import { listSiteTurns, listTurns } from './index.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true', DEVELOPER_EMAILS: 'dev@example.com' });
const standIn = useStandIn();
afterAll(() => t.app.turns.drain(0));
beforeEach(async () => {
	await t.app.db.delete(ai_turns);
	await t.app.db.delete(mails);
});

/** Inserts turns of one chat of a new site, oldest first. */
async function createTurns(outcomes: TurnOutcome[], duration_ms = 1_000) {
	const site = await createSite(t.app, { name: `Site ${randomUUID().slice(0, 4)}` });
	const chat = await createChat(t.ctx(), { site: site.key, messages: [] });
	const started = Date.now() - outcomes.length * 60_000;
	for (const [index, outcome] of outcomes.entries()) {
		const started_at = new Date(started + index * 60_000);
		await t.app.db.insert(ai_turns).values({
			turn_id: randomUUID(),
			chat_session_id: chat.id,
			site_id: site.id,
			action: 'message',
			connector: 'n8n',
			started_at,
			first_byte_at: new Date(+started_at + duration_ms / 4),
			finished_at: new Date(+started_at + duration_ms),
			http_status: outcome === 'ok' ? 200 : 500,
			outcome,
		});
	}
	return { site, chat };
}

describe('the list of turns', () => {
	it('is paginated, newest first, in the shape of the contract', async () => {
		const { site, chat } = await createTurns(['ok', 'timeout', 'ok', 'dropped', 'empty']);
		const outcomes: (string | null)[] = [];
		let cursor: string | null = null;
		do {
			const page = await listTurns(t.ctx(), { limit: 2, ...(cursor && { cursor }) });
			for (const item of page.items) expect(turn.parse(item)).toEqual(item);
			outcomes.push(...page.items.map(({ outcome }) => outcome));
			cursor = page.next_cursor;
		} while (cursor);
		expect(outcomes).toEqual(['empty', 'dropped', 'ok', 'timeout', 'ok']);
		const [newest] = (await listTurns(t.ctx(), { limit: 1 })).items;
		expect(newest).toMatchObject({
			session_id: chat.session_id,
			site: site.key,
			total_ms: 1000,
			first_byte_ms: 250,
		});
	});

	it('is filtered by site, outcome, failure, chat and period', async () => {
		const a = await createTurns(['ok', 'timeout']);
		await createTurns(['empty', 'dropped', 'ok']);
		const outcomes = async (query: Parameters<typeof listTurns>[1]) =>
			(await listTurns(t.ctx(), query)).items.map(({ outcome }) => outcome);
		expect(await outcomes({ site: a.site.key })).toEqual(['timeout', 'ok']);
		expect((await outcomes({ failed: 'true' })).sort()).toEqual(['empty', 'timeout']);
		expect((await outcomes({ failed: 'false' })).sort()).toEqual(['dropped', 'ok', 'ok']);
		expect(await outcomes({ outcome: 'empty' })).toEqual(['empty']);
		expect(await outcomes({ outcome: 'dropped' })).toEqual(['dropped']);
		expect(await outcomes({ session_id: a.chat.session_id })).toHaveLength(2);
		expect(await outcomes({ from: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
		expect(await outcomes({ from: String(Date.now() + 60_000) })).toEqual([]);
	});

	it('needs the scope errors:read', async () => {
		const key = { type: 'api_key', id: null, name: 'n8n', scopes: ['sessions:read'] } as const;
		const ctx = t.ctx({ ...key, scopes: [...key.scopes] });
		await expect(listTurns(ctx, {})).rejects.toMatchObject({ code: 'forbidden' });
		await expect(listSiteTurns(ctx)).rejects.toMatchObject({ code: 'forbidden' });
	});
});

it('lists each site’s failures and response times, highest failure rate first', async () => {
	await createTurns(['ok', 'ok', 'ok']);
	const bad = await createTurns(['ok', 'timeout', 'dropped', 'ok'], 2_000);
	const [worst, best] = await listSiteTurns(t.ctx());
	expect(worst).toMatchObject({
		site: bad.site.key,
		turns: 4,
		failed: 1,
		p50_ms: 2000,
		p95_ms: 2000,
		first_byte_p50_ms: 500,
	});
	expect(best).toMatchObject({ turns: 3, failed: 0, p50_ms: 1000 });
});

describe('repeated failures', () => {
	/** Makes a site with these earlier turns, whose AI now fails, and returns a function that runs one more turn. */
	const createFailingSite = async (earlier: TurnOutcome[], mode: AiMode = 'error-in-workflow') => {
		const { site } = await createTurns(earlier);
		t.app.turns.start();
		const connector = { type: 'n8n' as const, url: standIn().ai.url(mode), auth_header: null };
		await t.app.db.update(sites).set({ connector }).where(eq(sites.id, site.id));
		return async () => {
			const { session_id } = await createChat(t.ctx(), { site: site.key, messages: [] });
			await vi.waitFor(async () => {
				const { items } = await listTurns(t.ctx(), { session_id });
				expect(items[0]?.outcome ?? null).not.toBeNull();
			});
		};
	};
	const listAlerts = async () =>
		(await t.app.db.select().from(mails)).filter(({ subject }) =>
			/: AI is failing: /.test(subject),
		);

	it('alert the developers after five in a row, at most once an hour', async () => {
		const fail = await createFailingSite(['ok', 'timeout', 'timeout', 'timeout']);
		await fail();
		expect(await listAlerts()).toEqual([]);
		await fail();
		expect(await listAlerts()).toMatchObject([
			{ to: 'dev@example.com', text: expect.stringContaining('5 of the last 6') as string },
		]);
		await fail();
		expect(await listAlerts()).toHaveLength(1);
		t.advance(3_600_001);
		await probeFailingSites(t.ctx());
		expect(await listAlerts()).toHaveLength(2);
	});

	it('alert them after half of the last twenty turns', async () => {
		const mixed = Array.from({ length: 9 }, (): TurnOutcome[] => ['timeout', 'ok']).flat();
		const fail = await createFailingSite(['ok', ...mixed]);
		await fail();
		expect(await listAlerts()).toHaveLength(1);
	});
});
