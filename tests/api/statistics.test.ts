import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { overview } from '#lib/contract/overview.ts';
import { statistics, type Statistics } from '#lib/contract/statistics.ts';
import { chat_sessions, deliveries, sites } from '#lib/server/core/db/schema/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { rebuildStatistics } from '#lib/server/statistics/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { createChat } from '../factories/chat.ts';
import { createSite } from '../factories/site.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call, createKeyFor } = useTestApi({ RATE_LIMIT: 'off' });

const read = async (query: string): Promise<Statistics> => {
	await foldStatistics(t.ctx());
	const response = await call('GET', `/api/stats?${query}`);
	expect(response.status).toBe(200);
	const body: unknown = await response.json();
	expect(body).toEqual(statistics.parse(body));
	return statistics.parse(body);
};

/** Creates a site with chat sessions that started at these times. Returns its key. */
async function createChatsAt(...times: string[]): Promise<string> {
	const site = await createSite(t.app);
	await t.app.db.insert(chat_sessions).values(
		times.map((time, n) => ({
			public_id: `session_${site.key}_${n}`,
			site_id: site.id,
			created_at: new Date(time),
			last_activity_at: new Date(time),
		})),
	);
	await rebuildStatistics(t.ctx());
	return site.key;
}

const listBusyDays = ({ daily }: Statistics) =>
	daily.filter(({ sessions }) => sessions > 0).map(({ date, sessions }) => [date, sessions]);

describe('GET /api/stats', () => {
	it('returns totals and each of the last 30 days by default', async () => {
		const { key: site } = await createSite(t.app);
		const { id } = await createChat(t.ctx(), { site, lead: { email: 'ada@example.com' } });
		await createChat(t.ctx(), { site });
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		const result = await read(`site=${site}`);
		expect(result.totals).toMatchObject({
			sessions: 2,
			ai_engaged: 0,
			complete: 1,
			abandoned: 0,
			in_progress: 1,
			archived: 0,
			leads: 1,
			completion_rate: 0.5,
			qa: { unchecked: 2, passed: 0, issue: 0, fixed: 0 },
		});
		expect(result.daily).toHaveLength(30);
		expect(result.daily.at(-1)).toMatchObject({ sessions: 2, complete: 1, leads: 1 });
		expect(result.hours).toHaveLength(168);
		expect(result.sites).toEqual([expect.objectContaining({ site, sessions: 2 })]);
		expect((await read('')).totals.sessions).toBeGreaterThanOrEqual(2);
	});

	it('counts days in the time zone, including daylight-saving changes', async () => {
		// Berlin: 29 March 2026 has 23 hours, 25 October 2026 has 25.
		const site = await createChatsAt(
			'2026-03-28T22:59:00Z',
			'2026-03-28T23:00:00Z',
			'2026-03-29T21:59:00Z',
			'2026-03-29T22:00:00Z',
			'2026-10-24T22:00:00Z',
			'2026-10-25T22:59:00Z',
			'2026-10-25T23:00:00Z',
		);
		const query = `site=${site}&time_zone=Europe/Berlin`;
		const spring = await read(`${query}&from=2026-03-27&to=2026-03-31`);
		expect(listBusyDays(spring)).toEqual([
			['2026-03-28', 1],
			['2026-03-29', 2],
			['2026-03-30', 1],
		]);
		expect(spring.daily.map(({ date }) => date)).toEqual(
			['27', '28', '29', '30', '31'].map((day) => `2026-03-${day}`),
		);
		expect(spring.period).toMatchObject({
			from: '2026-03-26T23:00:00.000Z',
			to: '2026-03-31T22:00:00.000Z',
		});
		expect(listBusyDays(await read(`${query}&from=2026-10-25&to=2026-10-25`))).toEqual([
			['2026-10-25', 2],
		]);
	});

	it('counts days in time zones with fractional offsets', async () => {
		const site = await createChatsAt('2026-05-01T18:29:00Z', '2026-05-01T18:30:00Z');
		const from = 'from=2026-04-25&to=2026-05-05';
		expect(listBusyDays(await read(`site=${site}&time_zone=Asia/Kolkata&${from}`))).toEqual([
			['2026-05-01', 1],
			['2026-05-02', 1],
		]);
		expect(listBusyDays(await read(`site=${site}&${from}`))).toEqual([['2026-05-01', 2]]);
		const { hours, sources } = await read(`site=${site}&time_zone=Asia/Kathmandu&${from}`);
		// 18:29 UTC on Friday is 00:14 of Saturday in Kathmandu.
		expect(hours.filter(({ sessions }) => sessions > 0)).toEqual([
			{ weekday: 6, hour: 0, sessions: 2, complete: 0 },
		]);
		expect(sources).toEqual([expect.objectContaining({ source: 'direct', sessions: 2 })]);
	});

	it('compares with the previous period of the same length', async () => {
		const site = await createChatsAt(
			'2026-06-01T12:00:00Z',
			'2026-06-08T12:00:00Z',
			'2026-06-09T12:00:00Z',
		);
		const result = await read(`site=${site}&from=2026-06-08&to=2026-06-14`);
		expect([result.totals.sessions, result.previous.sessions]).toEqual([2, 1]);
		expect(result.daily_previous.map(({ date }) => date)).toHaveLength(result.daily.length);
		expect(result.previous_period.to).toBe(result.period.from);
	});

	it('accepts timestamps as well as days', async () => {
		const site = await createChatsAt('2026-06-01T12:00:00Z', '2026-06-01T12:15:00Z');
		const { totals } = await read(`site=${site}&from=2026-06-01T12:00:00Z&to=2026-06-01T12:15:00Z`);
		expect(totals.sessions).toBe(1);
	});

	it.each([
		'time_zone=Mars/Olympus',
		'time_zone=%2B05:30',
		'from=2026-02-30',
		'from=yesterday',
		'from=2026-02-02&to=2026-02-01',
		'from=2024-01-01&to=2026-01-01',
		'from=9999-12-31&to=9999-12-31',
		'from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z',
	])('rejects %s', async (query) => {
		const refused = await expectProblem(await call('GET', `/api/stats?${query}`), 'invalid');
		expect(refused.errors?.length).toBeGreaterThan(0);
	});

	it('rejects unknown sites, missing keys and keys without the scope', async () => {
		await expectProblem(await call('GET', '/api/stats?site=nowhere'), 'not_found');
		await expectProblem(await call('GET', '/api/stats', { key: null }), 'unauthorized');
		const key = await createKeyFor('leads:read');
		await expectProblem(await call('GET', '/api/stats', { key }), 'forbidden');
		await expectProblem(await call('GET', '/api/stats/overview', { key }), 'forbidden');
		const reader = await createKeyFor('stats:read');
		expect((await call('GET', '/api/stats', { key: reader })).status).toBe(200);
	});
});

describe('GET /api/stats.csv', () => {
	it.each(['daily', 'funnel', 'hours', 'sources', 'sites', 'questions', 'fields'])(
		'exports the table %s with the columns of the JSON',
		async (table) => {
			const response = await call('GET', `/api/stats.csv?table=${table}`);
			expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
			expect(await response.text()).toMatch(/^[a-z0-9_,]+\r\n/);
		},
	);

	it('escapes formulas', async () => {
		const { key: site } = await createSite(t.app);
		const context = { utm_source: '=cmd()', utm_campaign: 'a, "b"' };
		await call('POST', '/api/embed-chat/sessions', { key: null, body: { site, context } });
		await foldStatistics(t.ctx());
		const text = await (await call('GET', `/api/stats.csv?table=sources&site=${site}`)).text();
		expect(text.split('\r\n')[1]).toMatch(/^'=cmd\(\),"a, ""b""",/);
	});

	it('rejects an unknown table', async () => {
		await expectProblem(await call('GET', '/api/stats.csv?table=secrets'), 'invalid');
	});
});

describe('GET /api/stats/overview', () => {
	it('returns today’s numbers, live chats and what needs attention', async () => {
		const { key: site } = await createSite(t.app);
		await createChat(t.ctx(), { site });
		const done = await createChat(t.ctx(), { site, lead: { name: 'Ada' } });
		await completeSession(t.ctx(), { chat_session_id: done.id, source: 'live' });
		await foldStatistics(t.ctx());
		const response = await call('GET', `/api/stats/overview?site=${site}&time_zone=Asia/Tokyo`);
		const result = overview.parse(await response.json());
		expect(result).toMatchObject({
			today: { sessions: 2, complete: 1, leads: 1, completion_rate: 0.5 },
			yesterday: { sessions: 0 },
			live_chats: 1,
			needs_attention: { unchecked_completed: 1, overdue_leads: 0, open_issues: 0 },
		});
		expect(result.trend).toHaveLength(14);
		expect(result.trend.at(-1)).toMatchObject({ sessions: 2 });
	});

	it('counts chats and leads that need attention, as many as the linked lists show', async () => {
		const { key: site, id: site_id } = await createSite(t.app, { completion_needs: 'contact' });
		await createChat(t.ctx(), { site });
		const callJson = async (method: string, path: string, body?: object) => {
			const response = await call(method, `/api/${path}`, { body });
			expect(response.ok).toBe(true);
			return (await response.json()) as {
				items: { session_id: string }[];
				failing_sites: object[];
			};
		};
		const waiting = await createChat(t.ctx(), { site });
		await callJson('POST', `sessions/${waiting.session_id}/handoff`, {});
		const claimed = await createChat(t.ctx(), { site });
		const claim = { sender: 'ai', message: 'Someone will be in touch within 24 hours.' };
		await callJson('POST', `sessions/${claimed.session_id}/messages`, claim);
		const withdrawn = await createChat(t.ctx(), { site, lead: { name: 'Ada' } });
		const done = { completion_status: 'complete' };
		await callJson('PATCH', `sessions/${withdrawn.session_id}`, done);
		await callJson('POST', `sessions/${withdrawn.session_id}/undo-completion`, {
			reason: 'Too early',
		});
		const rescued = await createChat(t.ctx(), { site });
		const isRescued = eq(chat_sessions.id, rescued.id);
		await t.app.db.update(chat_sessions).set({ is_rescued: true }).where(isRescued);
		await createEndpoint(t.ctx(), { site, url: 'https://crm.example.com' });
		const amended = await createChat(t.ctx(), { site, lead: { name: 'Grace' } });
		await callJson('PATCH', `sessions/${amended.session_id}`, done);
		const belongsToAmended = eq(deliveries.chat_session_id, amended.id);
		await t.app.db.update(deliveries).set({ status: 'delivered' }).where(belongsToAmended);
		await callJson('PUT', `sessions/${amended.session_id}/lead`, { phone: '+44 20 7946 0958' });
		const down = { ai_down_since: new Date('2026-11-23T10:00:00.000Z') };
		await t.app.db.update(sites).set(down).where(eq(sites.id, site_id));

		const result = overview.parse(await callJson('GET', `stats/overview?site=${site}`));
		expect(result.needs_attention).toMatchObject({
			waiting_visitors: 1,
			rescued_chats: 1,
			claimed_completions: 1,
			withdrawn_leads: 1,
			pending_updates: 1,
		});
		expect(result.failing_sites).toMatchObject([
			{ site, ai_down_since: '2026-11-23T10:00:00.000Z' },
		]);
		const listIds = async (path: string) =>
			(await callJson('GET', `${path}&site=${site}`)).items.map(({ session_id }) => session_id);
		expect({
			waiting: await listIds('sessions?attention=waiting'),
			rescued: await listIds('sessions?attention=rescued'),
			claimed: await listIds('sessions?attention=claimed'),
			withdrawn: await listIds('sessions?attention=withdrawn'),
			pending: await listIds('leads?delivery=update_pending'),
		}).toEqual({
			waiting: [waiting.session_id],
			rescued: [rescued.session_id],
			claimed: [claimed.session_id],
			withdrawn: [withdrawn.session_id],
			pending: [amended.session_id],
		});
		const { key: other } = await createSite(t.app);
		expect((await callJson('GET', `stats/overview?site=${other}`)).failing_sites).toEqual([]);
	});
});

describe('POST /api/embed-chat/events', () => {
	const send = (raw: string, headers: Record<string, string> = {}) =>
		call('POST', '/api/embed-chat/events', { key: null, raw, headers });
	const getFunnel = async (site: string) =>
		(await read(`site=${site}`)).funnel.map(({ count }) => count);

	it('counts one or many events, as JSON or from a beacon', async () => {
		const { key: site } = await createSite(t.app);
		const event = { site, event: 'shown' };
		const json = { 'Content-Type': 'application/json' };
		expect((await send(JSON.stringify(event), json)).status).toBe(204);
		const events = JSON.stringify([event, { site, event: 'opened' }]);
		expect((await send(events, { 'Content-Type': 'text/plain;charset=UTF-8' })).status).toBe(204);
		expect(await getFunnel(site)).toEqual([2, 1, 0, 0, 0, 0]);
		expect((await rebuildStatistics(t.ctx())).differences).toEqual([]);
	});

	it('ignores crawlers and prerendered pages', async () => {
		const { key: site } = await createSite(t.app);
		const event = JSON.stringify({ site, event: 'shown' });
		await send(event, { 'User-Agent': 'Googlebot/2.1' });
		await send(event, { 'Sec-Purpose': 'prefetch;prerender' });
		expect(await getFunnel(site)).toEqual([0, 0, 0, 0, 0, 0]);
	});

	it('rejects invalid events, unknown sites and disallowed origins', async () => {
		const { key: site } = await createSite(t.app, { allowed_origins: ['https://good.example'] });
		await expectProblem(await send('{'), 'bad_request');
		await expectProblem(await send('{"site":"default","event":"bought"}'), 'invalid');
		await expectProblem(await send('[]'), 'invalid');
		await expectProblem(await send('{"site":"nowhere","event":"shown"}'), 'not_found');
		const event = JSON.stringify({ site, event: 'shown' });
		await expectProblem(await send(event, { Origin: 'https://bad.example' }), 'forbidden');
		await expectProblem(
			await send(event, { 'Content-Type': 'image/png' }),
			'unsupported_media_type',
		);
	});
});
