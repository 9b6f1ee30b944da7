import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { createChat } from '../factories/chat.ts';
import { createUserCtx } from '../factories/user.ts';
import { useTestApi } from '../support/api.ts';
import { useStatementCount } from '../support/statements.ts';

const statements = useStatementCount();
const { t, call, createKeyFor } = useTestApi();

const loop = z.object({
	suite: z.coerce.number(),
	run: z.coerce.number(),
	case: z.coerce.number(),
	session_id: z.string(),
});
type Loop = z.infer<typeof loop>;
const TURN = 'b4f3c6a2-6f0a-4a55-9d0b-1f6f6d1c2a10';

/** The parts of the event that these pages' loads use. */
interface PageEvent {
	locals: { ctx: Ctx };
	params: Record<string, string>;
	url: URL;
	cookies: { get: () => undefined };
}
type Page = { load: (event: PageEvent) => Promise<object> };
const pages = import.meta.glob<Page>('/src/routes/**/+page.server.ts');

let key: string;
let created: Loop;
let ctx: Ctx;

beforeAll(async () => {
	key = await createKeyFor('admin');
	created = await createLoop(key);
	ctx = await createUserCtx(t, { role: 'admin' });
	// The first use of a key stores its time with an extra statement.
	await call('GET', '/api/suites', { key });
});

/** Creates a suite of a thousand cases with a hundred runs, a chat with a turn and a trace, and a challenger. */
async function createLoop(key: string): Promise<Loop> {
	await t.app.db.execute(sql`
		with site as (select id from sites where key = 'default'),
		inserted_cases as (
			insert into cases (site_id, title, lines, checks, created_by)
			select site.id, 'Case ' || n, array['Hello'], '[]', 'Ada' from site, generate_series(1, 1000) n returning id
		), suite as (
			insert into suites (site_id, name) select id, 'Large' from site returning id, site_id
		), member as (
			insert into suite_cases (suite_id, case_id, position)
			select suite.id, inserted_cases.id, row_number() over (order by inserted_cases.id) from suite, inserted_cases
		), run as (
			insert into suite_runs (suite_id, site_id, connector, trigger, started_by, total, status, finished_at, pass_rate)
			select id, site_id, '{"type":"scripted"}', 'user', 'Ada', 1000, 'passed', now(), 100
			from suite, generate_series(1, 100) returning id
		)
		insert into suite_run_cases (run_id, case_id, position, title, lines, context, checks, status, finished_at, attempts)
		select run.id, inserted_cases.id, row_number() over (partition by run.id order by inserted_cases.id), 'Case', array['Hello'], '{}', '[]',
			'passed', now(), '[{"ok":true,"checks":[],"transcript":[],"lead":{},"is_complete":false,"ai_ms":1,"error":null}]'
		from (select max(id) as id from run) run, inserted_cases`);
	const { rows } = await t.app.db.execute(sql`
		select max(r.suite_id) as suite, max(r.id) as run, max(c.case_id) as "case"
		from suite_runs r join suite_run_cases c on c.run_id = r.id`);
	const { session_id } = await createChat(t.ctx(), { lead: { email: 'ada@example.com' } });
	// Its version changed a day ago, so Analytics sends one more statement.
	await t.app.db.execute(sql`
		with chat as (select id, site_id from chat_sessions where public_id = ${session_id}), turn as (
			insert into ai_turns (turn_id, chat_session_id, site_id, action, connector, outcome, finished_at)
			select ${TURN}, id, site_id, 'message', 'n8n', 'ok', now() from chat returning turn_id
		), changed as (
			insert into statistics_versions (site_id, grain, bucket_at, version, sessions)
			select site_id, grain, date_trunc('day', now(), 'UTC') - days * interval '1 day', 'v' || days, 1
			from chat, unnest(array[15, 1440]) grain, generate_series(1, 2) days
		)
		insert into ai_traces (turn_id, site_id, request, response)
		select turn_id, site_id, '{}', '{}' from turn, chat`);
	const challenger = { connector: { type: 'scripted' }, share_percent: 50 };
	await call('PUT', '/api/sites/default/challenger', { key, body: challenger });
	return loop.parse({ ...rows[0], session_id });
}

/** Returns how many statements `work` sends while a changed chat is due for statistics, as chats on a busy site always are. */
async function countStatements(work: () => Promise<unknown>): Promise<number> {
	await t.app.db.execute(sql`
		insert into statistics_due (chat_session_id) select id from chat_sessions where public_id = ${created.session_id}`);
	const sent = await statements.during(work);
	const { rows } = await t.app.db.execute(sql`select from statistics_due`);
	expect(rows.length).toBeGreaterThan(0);
	return sent.length;
}

describe('with a thousand cases, a hundred runs and uncounted changes', () => {
	it.each([
		['the challenger', 'sites/default/challenger'],
		['the versions', 'stats?group_by=version'],
		['the versions of a site', 'stats?group_by=version&site=default'],
		['the overview', 'stats/overview?site=default'],
		['the cases', 'cases'],
		['the cases of a site', 'cases?site=default'],
		['a case', 'cases/{case}'],
		['the suites', 'suites'],
		['a suite', 'suites/{suite}'],
		['the runs of a suite', 'suites/{suite}/runs'],
		['a run', 'suite-runs/{run}?transcripts=false'],
		['a run with transcripts', 'suite-runs/{run}'],
		['a result', 'suite-runs/{run}/results/{case}'],
		['the review queue', 'reviews'],
		['the counts of the review queue', 'reviews/counts'],
		['the checks', 'checks'],
		['the won leads', 'leads?outcome=won'],
		['an outcome', 'sessions/{session_id}/outcome'],
		['the turns', 'turns'],
		['the turns by site', 'turns/by-site'],
		['a trace', `turns/trace?turn_id=${TURN}`],
	])(
		'GET %s sends at most four statements, including those that check the key',
		async (_, template) => {
			const path = template.replaceAll(/\{(\w+)\}/g, (_, name: keyof Loop) =>
				String(created[name]),
			);
			const sent = await countStatements(async () => {
				const response = await call('GET', `/api/${path}`, { key });
				await response.text();
				expect(response.status).toBe(200);
			});
			expect(sent).toBeLessThanOrEqual(4);
		},
	);

	it.each([
		['analytics', '/analytics'],
		['analytics', '/analytics?site=default'],
		['settings/sites/[key]/ai', '/', { key: 'default' }],
		['suites', '/suites'],
		['suites/[id]', '/', { id: 'suite' }],
		['suites/runs/[id]', '/', { id: 'run' }],
		['suites/cases', '/suites/cases'],
		['suites/cases/[id]', '/', { id: 'case' }],
		['review', '/review'],
		['review/checks', '/review/checks'],
		['review/[session_id]', '/', { session_id: 'session_id' }],
		['leads', '/leads?outcome=won'],
		['leads/[session_id]', '/', { session_id: 'session_id' }],
		['automation/turns', '/automation/turns'],
		['playground', '/playground'],
		['playground/replay', '/playground/replay'],
	])(
		'the page %s sends at most four statements at %s',
		async (route, path, routeParams: Record<string, string> = {}) => {
			const values = new Map<string, string | number>(Object.entries(created));
			const params = Object.fromEntries(
				Object.entries(routeParams).map(([name, value]) => [
					name,
					String(values.get(value) ?? value),
				]),
			);
			const page = await pages[`/src/routes/(dashboard)/${route}/+page.server.ts`]?.();
			const url = new URL(path, 'http://frontdesk.test');
			expect(page).toBeDefined();
			const sent = await countStatements(async () => {
				const data = await page?.load({
					locals: { ctx },
					params,
					url,
					cookies: { get: () => undefined },
				});
				// Some pages show their layout before their data has arrived.
				await Promise.all(Object.values(data ?? {}));
			});
			expect(sent).toBeLessThanOrEqual(4);
		},
	);
});
