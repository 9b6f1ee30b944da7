import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { deleteSession } from '#lib/server/conversations/sessions/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { eraseVisitor } from '#lib/server/privacy/visitors/index.ts';
import { submitReview } from '../reviews/index.ts';
import {
	createCase,
	createSuite,
	deleteCase,
	draftCase,
	exportCases,
	getCase,
	getRun,
	getSuite,
	importCases,
	listCases,
	startRun,
	updateCase,
} from './index.ts';

const t = useTestApp();
let agent: Ctx;

beforeAll(async () => {
	agent = await createUserCtx(t);
});

const LEAD = { name: 'Ada Lovelace', email: 'ada@lovelace.org', phone: '+493023125014' };

/** Creates a chat with a lead, an answer, and a review with the expected answer. */
async function createReviewedChat() {
	const { key: site } = await createSite(t.app);
	const messages = ['I am Ada Lovelace, ada@lovelace.org', 'Call 030 23125014'];
	const chat = await createChat(t.ctx(), { site, messages: [], lead: LEAD });
	const { id: chat_session_id, session_id } = chat;
	const say = async (sender: 'visitor' | 'ai', message: string) => {
		const row = { chat_session_id, session_id, sender, message, created_at: t.app.clock() };
		const [stored] = await inTransaction(t.ctx(), (tx) => storeMessages(tx, [row]));
		return stored?.message.id ?? 0;
	};
	await say('ai', 'Hello!');
	await say('visitor', messages[0] ?? '');
	const message_id = await say('ai', 'What is your email?');
	await say('visitor', messages[1] ?? '');
	await submitReview(agent, session_id, {
		qa_status: 'issue',
		reasons: ['asked_twice'],
		notes: 'She gave it',
		expected: 'Thank you, Ada. What is your phone number?',
		message_id,
	});
	return { site, session_id, chat_session_id };
}

const listSiteCases = async (site: string) => (await listCases(agent, { site })).items;

describe('a case created from a chat', () => {
	it('is drafted with its lines, its checks and the expected answer, without personal details', async () => {
		const { site, session_id } = await createReviewedChat();
		const draft = await draftCase(agent, session_id);
		expect(draft).toMatchObject({
			site,
			lines: ['I am Alex Morgan, alex@example.com', 'Call +1 202 555 0140'],
			context: {},
			expected: 'Thank you, Alex. What is your phone number?',
			expected_line: 1,
			suites: [],
			kept: [],
		});
		expect(draft.checks).toContainEqual({ type: 'no_fallback' });
		expect(draft.checks).toContainEqual({ type: 'field_present', key: 'email' });
		expect(draft.replaced).toContainEqual({ detail: 'Ada Lovelace', by: 'Alex Morgan' });
		expect(draft.replaced).toContainEqual({ detail: 'ada@lovelace.org', by: 'alex@example.com' });
	});

	it('never stores personal details, however it is created or changed', async () => {
		const { site, session_id } = await createReviewedChat();
		const created = await createCase(agent, {
			site,
			from_session: session_id,
			lines: ['I am Ada Lovelace', 'ada@lovelace.org'],
			checks: [{ type: 'field_equals', key: 'name', value: 'Ada Lovelace' }],
			expected: 'Thanks, Ada!',
		});
		expect(created).toMatchObject({
			session_id,
			title: 'I am Alex Morgan',
			lines: ['I am Alex Morgan', 'alex@example.com'],
			checks: [{ type: 'field_equals', key: 'name', value: 'Alex Morgan' }],
			expected: 'Thanks, Alex!',
			created_by: 'Ada Lovelace',
		});
		const changed = await updateCase(agent, created.id, {
			title: 'Ada’s roof',
			lines: ['Ada again'],
		});
		expect(changed).toMatchObject({ title: 'Alex’s roof', lines: ['Alex again'] });
		expect((await draftCase(agent, session_id)).kept).toEqual([
			{ id: created.id, title: 'Alex’s roof' },
		]);
	});

	it('is anonymized when its visitor is erased, including details that became known later', async () => {
		const { site, session_id, chat_session_id } = await createReviewedChat();
		const created = await createCase(agent, {
			site,
			from_session: session_id,
			lines: ['My friends call me Zaphod', 'Hello'],
			checks: [{ type: 'answer_contains', line: 1, text: 'Hello Zaphod' }],
			context: { page_url: 'https://example.com/zaphod', known: { company: 'Zaphod' } },
			expected: 'Hello Zaphod!',
		});
		await updateLead(t.ctx(), { chat_session_id }, { fields: { name: 'Zaphod' }, source: 'agent' });
		await eraseVisitor(t.ctx(), { session_id, confirm: 'erase' });
		const erased = await getCase(agent, created.id);
		expect(erased).toMatchObject({
			session_id: null,
			lines: ['My friends call me [erased]', 'Hello'],
			checks: [{ type: 'answer_contains', line: 1, text: 'Hello [erased]' }],
			context: {},
			expected: 'Hello [erased]!',
		});
		expect(JSON.stringify(erased)).not.toMatch(/zaphod/i);
	});

	it('is also anonymized in its results, even if it was deleted before its visitor is erased', async () => {
		const { site, session_id, chat_session_id } = await createReviewedChat();
		const lines = ['My friends call me Zaphod'];
		const created = await createCase(agent, { site, from_session: session_id, lines, checks: [] });
		const suite = await createSuite(agent, { site, name: 'Regression', case_ids: [created.id] });
		const { id } = await startRun(agent, suite.id);
		await deleteCase(agent, created.id);
		await updateLead(t.ctx(), { chat_session_id }, { fields: { name: 'Zaphod' }, source: 'agent' });
		await eraseVisitor(t.ctx(), { session_id, confirm: 'erase' });
		const [result] = (await getRun(agent, id)).results;
		expect(result?.case_id).toBe(created.id);
		const { rows } = await t.app.db.execute(
			sql`select * from suite_run_cases where run_id = ${id}`,
		);
		expect(rows).toMatchObject([{ lines: ['My friends call me [erased]'] }]);
		expect(JSON.stringify(rows)).not.toMatch(/zaphod/i);
	});

	it('outlives a chat that is deleted', async () => {
		const { site, session_id } = await createReviewedChat();
		const { id } = await createCase(agent, {
			site,
			from_session: session_id,
			lines: ['Hello'],
			checks: [],
		});
		await deleteSession(t.ctx(), session_id);
		expect(await getCase(agent, id)).toMatchObject({ lines: ['Hello'], session_id: null });
	});

	it('must come from a chat of the same site, and have lines', async () => {
		const { session_id } = await createReviewedChat();
		const foreign = createCase(agent, {
			site: 'default',
			from_session: session_id,
			lines: ['Hi'],
			checks: [],
		});
		await expect(foreign).rejects.toMatchObject({ code: 'invalid' });
		const empty = await createChat(t.ctx(), { messages: [] });
		await expect(draftCase(agent, empty.session_id)).rejects.toMatchObject({ code: 'invalid' });
	});
});

describe('cases', () => {
	it('are exported as JSON, and imported into a suite, all or none', async () => {
		const [{ key: from }, { key: to }] = [await createSite(t.app), await createSite(t.app)];
		const content = {
			title: 'Roof',
			lines: ['Hello', 'A roof'],
			context: { language: 'de-DE', known: { name: 'Alex' }, visitor_starts: true },
			checks: [{ type: 'answer_matches' as const, line: 1, pattern: 'roof|dach' }],
			expected: 'How large is it?',
			expected_line: 1,
		};
		await createCase(agent, { site: from, ...content });
		await createCase(agent, { site: from, lines: ['Second'], checks: [] });
		const exported = await exportCases(agent, { site: from });
		expect(exported).toMatchObject({ version: 1, cases: [content, { title: 'Second' }] });
		const { id } = await createSuite(agent, { site: to, name: 'Imported', case_ids: [] });
		const imported = await importCases(agent, { site: to, suite_id: id, ...exported });
		expect(imported).toMatchObject({ created: 2 });
		expect((await getSuite(agent, id)).cases.map(({ title }) => title)).toEqual(['Roof', 'Second']);
		expect((await exportCases(agent, { site: to, suite_id: id })).cases).toEqual(exported.cases);
		const broken = { lines: ['Hi'], checks: [{ type: 'answer_matches' as const, pattern: '(' }] };
		await expect(
			importCases(agent, { site: to, cases: [{ lines: ['One'], checks: [] }, broken] }),
		).rejects.toMatchObject({ code: 'invalid' });
		expect(await listSiteCases(to)).toHaveLength(2);
	});

	it('reject patterns that RE2 doesn’t support, and name the check', async () => {
		const refused = createCase(agent, {
			site: 'default',
			lines: ['Hello'],
			checks: [{ type: 'no_fallback' }, { type: 'answer_matches', pattern: '(?<=a)b' }],
		});
		await expect(refused).rejects.toMatchObject({
			code: 'invalid',
			message: expect.stringMatching(/^checks\.1\.pattern: is not a valid RE2 pattern/) as string,
		});
	});

	it('get a judge only from admins and API keys, and keep it when an agent edits them', async () => {
		const { key: site } = await createSite(t.app);
		const judge = { type: 'judge' as const, url: 'https://judge.example/a' };
		const input = { site, lines: ['Hello'], checks: [judge] };
		const forbidden = { code: 'forbidden' };
		await expect(createCase(agent, input)).rejects.toMatchObject(forbidden);
		const { lines, checks } = input;
		const imported = importCases(agent, { site, cases: [{ lines, checks }] });
		await expect(imported).rejects.toMatchObject(forbidden);
		const { id } = await createCase(t.ctx(), input);
		const other = { ...judge, url: 'https://judge.example/b' };
		await expect(updateCase(agent, id, { checks: [judge, other] })).rejects.toMatchObject(
			forbidden,
		);
		expect(await updateCase(agent, id, { title: 'Greeting', checks })).toMatchObject({ checks });
	});

	it('are listed newest first by site and suite, page by page, and deleted', async () => {
		const { key: site } = await createSite(t.app);
		const ids: number[] = [];
		for (const line of ['One', 'Two', 'Three']) {
			ids.push((await createCase(agent, { site, lines: [line], checks: [] })).id);
		}
		const suite = await createSuite(agent, { site, name: randomUUID(), case_ids: ids.slice(1) });
		const first = await listCases(agent, { site, limit: 2 });
		expect(first.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
		const second = await listCases(agent, { site, limit: 2, cursor: first.next_cursor ?? '' });
		expect(second.items.map(({ id }) => id)).toEqual([ids[0]]);
		expect((await listCases(agent, { suite_id: suite.id })).items).toHaveLength(2);
		await deleteCase(agent, ids[2] ?? 0);
		expect((await getSuite(agent, suite.id)).cases.map(({ id }) => id)).toEqual([ids[1]]);
		await expect(getCase(agent, ids[2] ?? 0)).rejects.toMatchObject({ code: 'not_found' });
	});

	it('require their scopes', async () => {
		const key = (scope: 'quality:read' | 'quality:write') =>
			t.ctx({ type: 'api_key', id: null, name: 'CI', scopes: [scope] });
		const input = { site: 'default', lines: ['Hello'], checks: [] };
		await expect(createCase(key('quality:read'), input)).rejects.toMatchObject({
			code: 'forbidden',
		});
		await expect(listCases(key('quality:write'), {})).rejects.toMatchObject({ code: 'forbidden' });
		expect(await createCase(key('quality:write'), input)).toMatchObject({ created_by: 'CI' });
	});
});

it('every list of cases and suites reads an index', async () => {
	const plans = await t.app.db.transaction(async (tx) => {
		await tx.execute(sql`set local enable_seqscan = off`);
		await tx.execute(sql`set local enable_sort = off`);
		const explain = async (query: ReturnType<typeof sql>) =>
			JSON.stringify((await tx.execute(sql`explain (format json) ${query}`)).rows);
		return [
			await explain(
				sql`select * from cases c where site_id = 1 order by created_at desc, id desc limit 51`,
			),
			await explain(sql`select * from cases c order by created_at desc, id desc limit 51`),
			await explain(
				sql`select * from suites where site_id = 1 order by created_at desc, id desc limit 51`,
			),
			await explain(sql`select * from suite_runs where suite_id = 1 order by id desc limit 20`),
			await explain(
				sql`select * from suite_runs where suite_id = 1 and pass_rate is not null order by pass_rate desc, id desc limit 1`,
			),
			await explain(sql`select * from suite_run_cases where run_id = 1 order by position`),
		];
	});
	const used = [
		'cases_site',
		'cases_list',
		'suites_site',
		'suite_runs_suite',
		'suite_runs_best',
		'suite_run_cases_run',
	];
	plans.forEach((plan, index) => expect(plan).toContain(used[index]));
});
