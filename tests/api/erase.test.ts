// @module-tag thorough
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { judge_calls, mails, users } from '#lib/server/core/db/schema/index.ts';
import { createLog } from '#lib/server/core/log.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { eraseOldChats } from '#lib/server/privacy/visitors/unchecked.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createDelivery } from '../factories/delivery.ts';
import { createFlag } from '../factories/flag.ts';
import { createSite } from '../factories/site.ts';
import { signInForCookie, createUser } from '../factories/user.ts';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();
const MEMORY = sql`create table if not exists n8n_chat_histories
	(id serial primary key, session_id varchar(255) not null, message jsonb not null)`;
let cookie: string;
/** Everything that is logged, at the most verbose level. */
const logged: string[] = [];

beforeAll(async () => {
	t.app.log = createLog('trace', { write: (line) => void logged.push(line) });
	await t.app.db.execute(MEMORY);
	cookie = await signInForCookie(
		t.app,
		await createUser(t.app, { role: 'admin', name: 'Grace Hopper' }),
	);
});

async function call(method: string, path: string, body?: unknown, asPerson = false) {
	const response = await fetch(t.url + path, {
		method,
		headers: {
			'Content-Type': 'application/json',
			...(asPerson ? { Cookie: cookie, Origin: t.app.config.publicUrl } : { 'X-API-Key': API_KEY }),
		},
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	expect({ path, status: response.status, text }).toMatchObject({
		status: expect.toBeOneOf([200, 201, 202, 204]) as number,
	});
	return z.looseObject({}).parse(text === '' ? {} : JSON.parse(text));
}

const columns = z.array(z.object({ schema: z.string(), table: z.string(), column: z.string() }));

/** Returns every column, of any table and type, that contains one of these texts. */
async function findColumns(...texts: string[]): Promise<string[]> {
	const { rows } = await t.app.db.execute(sql`
		select table_schema as schema, c.table_name as table, c.column_name as column from information_schema.columns c
		join information_schema.tables b using (table_schema, table_name)
		where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`);
	const found: string[] = [];
	for (const { schema, table, column } of columns.parse(rows)) {
		const like = texts.map((text) => `%${text}%`);
		const { rows: hits } = await t.app.db.execute(sql`
			select 1 from ${sql.identifier(schema)}.${sql.identifier(table)}
			where ${sql.identifier(column)}::text ilike any(${sql.param(like)}::text[]) limit 1`);
		if (hits.length > 0) found.push(`${table}.${column}`);
	}
	return found.sort();
}

/** Creates a chat with a marker in every field that a visitor, a user or an API client can set, through their own doors. */
async function createMarkedChat(site: string, mark: string) {
	const email = `${mark}.a1@example.com`;
	const url = `https://example.com/?email=${email}`;
	const { visitor, session_id } = await t.startChat({
		site,
		context: {
			page_url: url,
			page_title: mark,
			landing_url: url,
			referrer: `https://example.org/${mark}`,
			utm_source: email,
			utm_campaign: email,
			utm_term: mark,
			utm_content: mark,
			gclid: mark,
			user_agent: mark,
			first_touch: { url, referrer: url },
		},
	});
	const say = (message: string) =>
		visitor.request('message:send', { message, client_message_id: randomUUID() });
	await say(`I was at old-${email} before`);
	await say(`I am ${mark}, ${email}, 030 123 45 67`);
	await visitor.request('page:set', { page_url: url, page_title: mark });
	await visitor.request('visitor:identify', { company: mark });
	await call('PUT', `/api/sessions/${session_id}/lead`, {
		name: `${mark} Beeblebrox`,
		email,
		phone: '+49301234567',
		company: mark,
		answers: { budget: mark },
	});
	await call('POST', `/api/sessions/${session_id}/messages`, [
		{ sender: 'agent', message: `Hello ${mark}` },
	]);
	await call('POST', `/api/sessions/${session_id}/notes`, { note: mark }, true);
	await call(
		'POST',
		`/api/sessions/${session_id}/qa`,
		{ qa_status: 'issue', notes: mark, developer_feedback: mark },
		true,
	);
	// Failures with and without the chat, and with everything that identifies the visitor.
	const reportError = (message: string, more = {}) =>
		call('POST', '/api/errors', { workflow: 'CRM', node: randomUUID(), message, ...more });
	await reportError(`no recipient ${mark}`, { session_id, stack: mark });
	await reportError(`${mark} Beeblebrox has no deal`);
	await reportError(`no recipient ${email}`);
	await reportError(`no recipient old-${email}`);
	await reportError(`the number (030) 123-45-67 is not reachable; +49 30 1234567 neither`);
	await reportError(`execution of ${session_id}`, { stack: `at ${session_id}` });
	for (const name of [`${mark} Beeblebrox`, email]) {
		await call('POST', '/api/saved-filters', { name, filter: { q: name } }, true);
	}
	await call('GET', `/api/sessions?q=${mark}`, undefined, true);
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'https://example.com/hook',
		events: ['lead.completed'],
	});
	const { id } = z
		.object({ session: z.object({ id: z.number() }) })
		.parse(await call('GET', `/api/sessions/${session_id}`)).session;
	await createDelivery(t.ctx(), endpoint, { chat_session_id: id, body: mark });
	await createFlag(t.app, id, { reason: mark });
	await t.app.db
		.insert(judge_calls)
		.values({ chat_session_id: id, through_message_id: 1, last_error: mark });
	await t.app.db.execute(sql`
		insert into delivery_attempts (delivery_id, number, started_at, duration_ms, response)
		select id, 1, now(), 1, ${mark} from deliveries where chat_session_id = ${id}`);
	const [mail] = await t.app.db
		.insert(mails)
		.values({
			template: 'lead',
			to: 'team@example.com',
			subject: `New lead: ${mark}`,
			html: mark,
			text: mark,
			chat_session_id: id,
			dedupe_key: randomUUID(),
			idempotency_key: randomUUID(),
			status: 'sent',
		} as never)
		.returning({ id: mails.id });
	await t.app.db.execute(sql`
		insert into audit_entries (action, actor_type, actor_name, target_type, target_id, target_name, detail)
		values ('mail.sent_again', 'system', 'Frontdesk', 'mail', ${String(mail?.id)}, ${`New lead: ${mark}`}, ${JSON.stringify({ session_id, n: 1 })}::jsonb)`);
	// A test case of the chat, with a finished run and a queued one.
	const draft = await call('GET', `/api/sessions/${session_id}/case`);
	const { lines, checks, context } = draft;
	const testCase = {
		site,
		from_session: session_id,
		lines,
		checks,
		context,
		expected: `Hello ${mark}`,
	};
	const { id: case_id } = await call('POST', '/api/cases', testCase);
	const suite = { site, name: 'Regression', case_ids: [case_id] };
	const { id: suite_id } = await call('POST', '/api/suites', suite);
	for (const status of ['passed', 'queued']) {
		const { id: run_id } = await call('POST', `/api/suites/${String(suite_id)}/runs`, {});
		if (status === 'queued') continue;
		const attempt = { ok: true, checks: [], lead: {}, transcript: [{ message: mark }] };
		await t.app.db.execute(sql`
			update suite_run_cases set status = 'passed', finished_at = now(), title = ${`${mark} Beeblebrox`},
				attempts = ${JSON.stringify([attempt])}::jsonb where run_id = ${Number(run_id)}`);
	}
	// A replay of the chat, and a replay of that replay.
	for (let source = session_id; ;) {
		await call('POST', '/api/replays', { session_id: source }, true);
		const { rows } = await t.app.db.execute(sql`
			update replays set status = 'done' from chat_sessions c where c.id = chat_session_id and status = 'running'
			returning c.public_id as text, chat_session_id as id`);
		const [created] = z.array(z.object({ text: z.string(), id: z.coerce.number() })).parse(rows);
		await t.app.db.execute(sql`
			insert into messages (chat_session_id, sender, message) select ${created?.id}::bigint, 'visitor', ${mark}`);
		await addMemoryRow(created?.text ?? '', mark);
		if (source !== session_id) break;
		source = created?.text ?? '';
	}
	await addMemoryRow(session_id, mark);
	await foldStatistics(t.ctx());
	return { session_id };
}

const addMemoryRow = (session_id: string, mark: string) =>
	t.app.db.execute(sql`
		insert into n8n_chat_histories (session_id, message)
		values (${session_id}, ${JSON.stringify({ type: 'human', content: mark })}::jsonb)`);

/** The phone number in the formats above. */
const PHONES = ['+49301234567', '123-45-67', '30 1234567', '123 45 67'];

describe('no column of any table contains data of a visitor', () => {
	it('who was erased', async () => {
		const { key: site } = await createSite(t.app);
		const mark = 'zaphodmark';
		const { session_id } = await createMarkedChat(site, mark);
		const before = await findColumns(mark);
		for (const column of [
			'mails.subject',
			'replays.messages',
			'chat_flags.reason',
			'deliveries.body',
		]) {
			expect(before).toContain(column);
		}
		await call('POST', '/api/visitors/erase', { session_id, confirm: 'erase' });
		expect(await findColumns(mark, session_id, ...PHONES)).toEqual([]);
		await foldStatistics(t.ctx());
		expect(await findColumns(mark)).toEqual([]);
	});

	it('whose requests were logged at any level', async () => {
		const { key: site } = await createSite(t.app);
		const mark = 'trillianmark';
		const { session_id } = await createMarkedChat(site, mark);
		const fail = vi.spyOn(t.app.db, 'transaction').mockRejectedValue(
			Object.assign(new Error('a query failed'), {
				query: 'insert into messages values ($1)',
				params: [mark],
			}),
		);
		const answer = await fetch(`${t.url}/api/sessions/${session_id}/messages`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', 'X-API-Key': API_KEY },
			body: JSON.stringify([{ sender: 'agent', message: mark }]),
		});
		fail.mockRestore();
		expect(answer.status).toBe(500);
		await call('POST', '/api/visitors/erase', { session_id, confirm: 'erase' });
		expect(logged.some((line) => line.includes('a query failed'))).toBe(true);
		expect(logged.filter((line) => [mark, ...PHONES].some((text) => line.includes(text)))).toEqual(
			[],
		);
	});

	it('whose chat was deleted', async () => {
		const { key: site } = await createSite(t.app);
		const { session_id } = await createMarkedChat(site, 'fordmark');
		await call('DELETE', `/api/sessions/${session_id}`);
		await foldStatistics(t.ctx());
		// The audit log keeps the id of the deleted chat.
		expect(await findColumns('fordmark', ...PHONES)).toEqual([]);
	});

	it('whose chat is past its site’s retention', async () => {
		const { key: site } = await createSite(t.app, { retention_days: 30 });
		const { session_id } = await createMarkedChat(site, 'arthurmark');
		await t.app.db.execute(
			sql`update chat_sessions set last_activity_at = now() - interval '31 days' where public_id = ${session_id}`,
		);
		expect(await eraseOldChats(t.ctx())).toMatchObject({ sessions: 1 });
		expect(await findColumns('arthurmark', session_id, ...PHONES)).toEqual([]);
	});
});

describe('erasing', () => {
	const erase = (session_id: string) =>
		call('POST', '/api/visitors/erase', { session_id, only_this_chat: true, confirm: 'erase' });
	const createChatWithName = async (name: string) => {
		const { session_id } = await t.startChat();
		await updateLead(t.ctx(), { session_id }, { fields: { name }, source: 'ai' });
		return session_id;
	};

	it('erases names that look like JSON, patterns or field values, without changing those', async () => {
		const { id } = await createUser(t.app, { name: 'Ada Lovelace' });
		await t.app.db.execute(sql`
			insert into audit_entries (action, actor_type, actor_name, detail)
			values ('settings.updated', 'system', 'Frontdesk', ${JSON.stringify({ email: 'x', number: 12345, isOn: false, role: 'agent', by: 'Ada Lovelace' })}::jsonb)`);
		const log = () => findColumns('Ada Lovelace', '12345');
		const kept = await log();
		const filter = { completion_status: 'complete' as const };
		await call('POST', '/api/saved-filters', { name: 'Open', filter }, true);
		for (const name of ['false', '12345', 'email', 'complete', 'completion_status', 'agent']) {
			await erase(await createChatWithName(name));
		}
		for (const name of ['Ada Lovelace', '(((((', '[[:alpha:]]', '\\m.*\\M', '{5}{5}', '"}, {"a']) {
			await erase(await createChatWithName(name));
		}
		expect(await log()).toEqual(kept);
		const [user] = await t.app.db.select({ name: users.name }).from(users).where(eq(users.id, id));
		expect(user?.name).toBe('Ada Lovelace');
		const { items } = z
			.object({ items: z.array(z.object({ name: z.string(), filter: z.unknown() })) })
			.parse(await call('GET', '/api/saved-filters', undefined, true));
		expect(items.find(({ name }) => name === 'Open')?.filter).toMatchObject(filter);
	});
});
