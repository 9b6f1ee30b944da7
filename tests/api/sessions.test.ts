import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { lead as leadSchema } from '#lib/contract/lead.ts';
import { session as sessionSchema, transcript } from '#lib/contract/session.ts';
import { createChat } from '../factories/chat.ts';
import { createSite } from '../factories/site.ts';
import { createUser, signInForCookie } from '../factories/user.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });

const page = pageSchema(sessionSchema);
const list = async (query: string) => {
	const response = await call('GET', `/api/sessions?${query}`);
	expect(response.status).toBe(200);
	const body: unknown = await response.json();
	expect(body).toEqual(page.parse(body));
	return page.parse(body);
};
const patch = (id: string | number, body: unknown) =>
	call('PATCH', `/api/sessions/${id}`, { body });
const patchSession = async (id: string | number, body: unknown) => {
	const response = await patch(id, body);
	expect(response.status).toBe(200);
	return sessionSchema.parse(await response.json());
};

/** Unknown and malformed ids. */
const UNKNOWN = [
	'session_unknown',
	'999999',
	'0',
	'-1',
	'1.5',
	'abc',
	'%00',
	'session_%00',
	'1%20or%201=1',
	'99999999999999999999',
	'%F0%9F%98%80',
	'%ff',
	'..%2f..',
];

describe('the list', () => {
	it('contains each chat session once in keyset pages, last activity first', async () => {
		const { key } = await createSite(t.app);
		for (let index = 0; index < 5; index += 1) await createChat(t.ctx(), { site: key });
		const seen: number[] = [];
		let cursor = '';
		do {
			const { items, next_cursor } = await list(
				`site=${key}&limit=2${cursor && `&cursor=${cursor}`}`,
			);
			seen.push(...items.map(({ id }) => id));
			cursor = next_cursor ?? '';
		} while (cursor);
		expect(seen).toHaveLength(5);
		expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
	});

	it('supports every documented filter', async () => {
		const { key } = await createSite(t.app);
		const user = await createUser(t.app);
		const plain = await createChat(t.ctx(), { site: key, messages: ['I like zebras'] });
		const other = await createChat(t.ctx(), {
			site: key,
			channel: 'messenger',
			lead: { name: 'Grace Hopper' },
		});
		await patchSession(other.session_id, {
			archive_status: 'archived',
			completion_status: 'complete',
			assignee: user.id,
		});
		const testChat = await createChat(t.ctx(), { site: key, channel: 'test' });
		const listIds = async (query: string) =>
			(await list(`site=${key}&${query}`)).items.map(({ id }) => id);
		for (const query of [
			'channel=messenger',
			'completion_status=complete',
			'archive_status=archived',
			`assignee=${user.id}`,
			'q=grace%20hop',
		]) {
			expect([query, await listIds(query)]).toEqual([query, [other.id]]);
		}
		for (const query of [
			'channel=web',
			'completion_status=in_progress',
			'archive_status=active',
			'assignee=none',
			'q=zebr',
		]) {
			expect([query, await listIds(query)]).toEqual([query, [plain.id]]);
		}
		// Test chats are only listed on request.
		expect(await listIds('channel=test')).toEqual([testChat.id]);
		expect(await listIds('qa_status=unchecked&ai_engaged=false')).toHaveLength(2);
		expect(await listIds('ai_engaged=true')).toEqual([]);
		expect(await listIds('from=2999-01-01T00:00:00Z')).toEqual([]);
		expect(await listIds('to=2999-01-01T00:00:00Z')).toHaveLength(2);
	});

	// As n8n's expressions write a time. An unescaped plus in a URL is read as a space.
	it.each([
		'2026-11-30T10:00:00.000%2B02:00',
		'2026-11-30T10:00:00+02:00',
		'2026-11-30T08:00:00',
		'1796025600',
		'1796025600000',
	])('reads the time %s', async (time) => {
		const { key } = await createSite(t.app);
		const { id, session_id } = await createChat(t.ctx(), { site: key });
		const at = sql`'2026-11-30T08:00:00Z'::timestamptz`;
		await t.app.db.execute(
			sql`update chat_sessions set created_at = ${at} where public_id = ${session_id}`,
		);
		const listIds = async (query: string) =>
			(await list(`site=${key}&${query}`)).items.map((item) => item.id);
		expect(await listIds(`from=${time}`)).toEqual([id]);
		expect(await listIds(`to=${time}`)).toEqual([]);
	});

	it.each([
		'limit=0',
		'limit=201',
		'limit=x',
		'limit=1.5',
		'limit=1e1',
		'limit=0x10',
		'limit=%2010',
		'assignee=1e0',
		'cursor=nonsense',
		'cursor=%00',
		'channel=fax',
		'ai_engaged=maybe',
		'assignee=-1',
		'from=yesterday',
		'from=0000-01-01T00:00:00Z',
		'from=20261130100000',
		'from=2026-02-30T00:00:00Z',
		'to=2026-01-01',
		'q=',
		'q=%20',
		'limit=1&limit=2',
		`cursor=${Buffer.from('+275760-09-13T00:00:00.000Z 1').toString('base64url')}`,
		`q=${'x'.repeat(201)}`,
	])('rejects the query %s', async (query) => {
		await expectProblem(await call('GET', `/api/sessions?${query}`), 'invalid');
	});

	it.each([
		'site=%00',
		'site=nothing',
		'q=%00a',
		'q=%27%3B--',
		'q=a%26b%7C!c:*',
		'q=%ED%A0%80',
		'__proto__=1',
		'constructor=1',
		'unknown=1',
		'q=%22',
		'q=%28%28',
	])('accepts the query %s', async (query) => {
		expect((await call('GET', `/api/sessions?${query}`)).status).toBe(200);
	});
});

describe('one chat session', () => {
	it('includes its lead, messages and reviews, by either id and by the alias', async () => {
		const { id, session_id } = await createChat(t.ctx(), {
			messages: ['Hi', 'There'],
			lead: { name: 'Ada' },
		});
		const response = await call('GET', `/api/sessions/${session_id}`);
		const result: unknown = await response.json();
		expect(result).toEqual(transcript.parse(result));
		expect(result).toMatchObject({
			session: { id, session_id, visitor_name: 'Ada' },
			lead: { name: 'Ada' },
			messages: [{ message: 'Hi' }, { message: 'There' }],
			reviews: [],
		});
		for (const path of [
			`/api/sessions/${id}`,
			`/api/messenger-sessions/${session_id}`,
			`/api/messenger-sessions/${id}`,
		]) {
			expect(await (await call('GET', path)).json()).toEqual(result);
		}
	});

	it.each(UNKNOWN)('%s is 404 for every operation', async (id) => {
		await expectProblem(await call('GET', `/api/sessions/${id}`), 'not_found');
		await expectProblem(await patch(id, { archive_status: 'active' }), 'not_found');
		await expectProblem(await call('DELETE', `/api/sessions/${id}`), 'not_found');
		await expectProblem(
			await call('PUT', `/api/sessions/${id}/lead`, { body: { name: 'Ada' } }),
			'not_found',
		);
		await expectProblem(
			await call('POST', `/api/sessions/${id}/qa`, { body: { qa_status: 'passed' } }),
			'not_found',
		);
		await expectProblem(await call('GET', `/api/conversation/${id}`), 'not_found');
	});

	it('is archived and restored without changing its completion', async () => {
		const { session_id } = await createChat(t.ctx());
		await patchSession(session_id, { completion_status: 'complete' });
		const archived = await patchSession(session_id, { archive_status: 'archived' });
		expect(archived).toMatchObject({
			archive_status: 'archived',
			completion_status: 'complete',
			completion_source: 'api',
		});
		expect(archived.archived_at).not.toBeNull();
		expect(await patchSession(session_id, { archive_status: 'active' })).toMatchObject({
			archived_at: null,
			completion_status: 'complete',
		});
	});

	it('stays complete', async () => {
		const { session_id } = await createChat(t.ctx());
		const { completed_at } = await patchSession(session_id, { completion_status: 'complete' });
		expect((await patchSession(session_id, { completion_status: 'complete' })).completed_at).toBe(
			completed_at,
		);
		await expectProblem(await patch(session_id, { completion_status: 'in_progress' }), 'conflict');
	});

	it('can only be assigned to existing users', async () => {
		const { id } = await createChat(t.ctx());
		const user = await createUser(t.app, { name: 'Grace' });
		expect((await patchSession(id, { assignee: user.id })).assignee).toEqual({
			id: user.id,
			name: 'Grace',
		});
		expect((await patchSession(id, { assignee: null })).assignee).toBeNull();
		await expectProblem(await patch(id, { assignee: 999999 }), 'invalid');
	});

	it.each([
		{},
		[],
		null,
		7,
		'x',
		{ archive_status: 'gone' },
		{ assignee: '1' },
		{ assignee: 1e300 },
		{ id: 1 },
		{ archive_status: 'active', qa_status: 'passed' },
	])('is not updated with %j', async (body) => {
		const { id } = await createChat(t.ctx());
		await expectProblem(await patch(id, body), 'invalid');
	});

	it('is deleted with all its data', async () => {
		const { session_id } = await createChat(t.ctx(), { lead: { name: 'Ada' } });
		const response = await call('DELETE', `/api/sessions/${session_id}`);
		expect([response.status, await response.text()]).toEqual([204, '']);
		await expectProblem(await call('GET', `/api/sessions/${session_id}`), 'not_found');
		await expectProblem(await call('DELETE', `/api/sessions/${session_id}`), 'not_found');
	});
});

describe('the lead of a chat session', () => {
	const put = (id: string, body: unknown) => call('PUT', `/api/sessions/${id}/lead`, { body });
	const putLead = async (id: string, body: unknown) => {
		const response = await put(id, body);
		expect(response.status).toBe(200);
		return leadSchema.parse(await response.json());
	};

	it('merges known fields, and stores others as answers', async () => {
		const { session_id } = await createChat(t.ctx());
		await putLead(session_id, { email: 'Ada@Example.com', budget: 5000, wants_call: true });
		const merged = await putLead(session_id, { name: 'Ada', budget: '6000' });
		expect(merged).toMatchObject({
			name: 'Ada',
			email: 'ada@example.com',
			answers: { budget: '6000', wants_call: 'true' },
			provenance: { name: { source: 'api' } },
		});
		expect((await putLead(session_id, { name: null })).name).toBeNull();
	});

	it('doesn’t change when the same field is put again', async () => {
		const { session_id } = await createChat(t.ctx());
		const first = await putLead(session_id, { name: 'Ada' });
		expect(await putLead(session_id, { name: 'Ada' })).toEqual(first);
	});

	it.each([
		[[], ''],
		[null, ''],
		['x', ''],
		[{}, ''],
		[{ email: 'nonsense' }, 'email'],
		[{ phone: 'x' }, 'phone'],
		[{ a: {} }, 'a'],
		[{ a: [1] }, 'a'],
		[{ name: 'x'.repeat(2001) }, 'name'],
		[{ ['k'.repeat(65)]: 1 }, 'k'.repeat(65)],
		[Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`k${index}`, 1])), ''],
	])('rejects %j', async (body, path) => {
		const { session_id } = await createChat(t.ctx(), { messages: [] });
		const { errors = [] } = await expectProblem(await put(session_id, body), 'invalid');
		expect(errors.map((error) => error.path)).toEqual(errors.map(() => path));
	});

	it('stores unusual keys and values as they are', async () => {
		const { session_id } = await createChat(t.ctx());
		const raw =
			'{"constructor":"a","toString":"b","hasOwnProperty":"c","__proto__":"d","k\\u0000ey":"e\\u0000f","s":"\\ud800","=1+1":"=1+1"}';
		const response = await call('PUT', `/api/sessions/${session_id}/lead`, {
			raw,
			headers: { 'Content-Type': 'application/json' },
		});
		expect(response.status).toBe(200);
		const { answers } = leadSchema.parse(await response.json());
		expect(answers).toMatchObject({
			constructor: 'a',
			toString: 'b',
			hasOwnProperty: 'c',
			key: 'ef',
			s: '\ufffd',
			'=1+1': '=1+1',
		});
	});
});

describe('the review state', () => {
	const review = (id: string, body: unknown) => call('POST', `/api/sessions/${id}/qa`, { body });

	it('follows the workflow, and keeps every step', async () => {
		const { session_id } = await createChat(t.ctx());
		for (const body of [
			{ qa_status: 'issue', notes: 'It asked twice' },
			{ qa_status: 'fixed', developer_feedback: 'The prompt says so now' },
			{ qa_status: 'passed' },
		]) {
			const response = await review(session_id, body);
			expect(sessionSchema.parse(await response.json()).qa_status).toBe(body.qa_status);
		}
		const { reviews } = transcript.parse(
			await (await call('GET', `/api/sessions/${session_id}`)).json(),
		);
		expect(reviews).toMatchObject([
			{
				from_status: 'unchecked',
				qa_status: 'issue',
				notes: 'It asked twice',
				reviewer: 'environment',
			},
			{ qa_status: 'fixed', developer_feedback: 'The prompt says so now' },
			{ qa_status: 'passed' },
		]);
	});

	it('is 409 for a transition outside the workflow', async () => {
		const { session_id } = await createChat(t.ctx());
		const body = { qa_status: 'fixed', developer_feedback: 'Nothing was wrong' };
		await expectProblem(await review(session_id, body), 'conflict');
	});

	it.each([
		{},
		{ qa_status: 'issue' },
		{ qa_status: 'issue', notes: ' \u0000' },
		{ qa_status: 'good' },
		{ qa_status: 'passed', notes: 7 },
		{ qa_status: 'passed', more: 1 },
		null,
		[],
	])('is 422 for %j', async (body) => {
		const { session_id } = await createChat(t.ctx());
		await expectProblem(await review(session_id, body), 'invalid');
	});
});

it('records the agent as the source of fields that a user puts', async () => {
	const user = await createUser(t.app);
	const { session_id } = await createChat(t.ctx());
	const cookie = await signInForCookie(t.app, user);
	const response = await call('PUT', `/api/sessions/${session_id}/lead`, {
		key: null,
		body: { name: 'Ada' },
		headers: { Cookie: cookie, Origin: t.app.config.publicUrl },
	});
	expect(leadSchema.parse(await response.json()).provenance).toMatchObject({
		name: { source: 'agent' },
	});
});
