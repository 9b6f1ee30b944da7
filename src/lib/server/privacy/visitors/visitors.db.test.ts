import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { getCountedStatistics } from '../../../../../tests/support/statistics.ts';
import type { Actor } from '#lib/server/core/context.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import {
	automation_errors,
	leads,
	messenger_events,
	messenger_pages,
	messenger_threads,
} from '#lib/server/core/db/schema/index.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { createNote } from '#lib/server/conversations/notes/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { syncAll } from '#lib/server/channels/n8n-memory/index.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession, setPage, startSession } from '#lib/server/conversations/sessions/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { countWidgetEvents, rebuildStatistics } from '#lib/server/statistics/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { startReplay } from '#lib/server/ai/test-chats/index.ts';
import { eraseVisitor, exportVisitor, findVisitor } from './index.ts';
import { eraseOldChats } from './unchecked.ts';

const t = useTestApp({ DEVELOPER_EMAILS: 'dev@example.com' });
let admin: Actor;
let agent: Actor;

beforeAll(async () => {
	admin = toActor(await createUser(t.app, { role: 'admin' }));
	agent = toActor(await createUser(t.app));
});

const nameRows = z.array(z.object({ name: z.string() }));

/** Returns the tables that contain a text in any row. */
async function listTablesWith(text: string): Promise<string[]> {
	const { rows } = await t.app.db.execute(
		sql`select tablename as name from pg_tables where schemaname = 'public'`,
	);
	const found: string[] = [];
	for (const { name } of nameRows.parse(rows)) {
		const hit = await t.app.db.execute(
			sql`select 1 from ${sql.identifier(name)} t where t::text ilike ${`%${text}%`} limit 1`,
		);
		if (hit.rows.length > 0) found.push(name);
	}
	return found.sort();
}

/** Creates a chat with a marker text in every table that can store one. */
async function createMarkedChat(site: string, mark: string) {
	const lead = { name: mark, email: `${mark}@example.com`, phone: '+493012345678' };
	const chat = await createChat(t.ctx(), { site, messages: [`I am ${mark}`], lead });
	const { id, session_id } = chat;
	await setPage(t.ctx(), session_id, { page_url: `https://example.com/?name=${mark}` });
	await updateLead(t.ctx(), { session_id }, { fields: { budget: mark }, source: 'agent' });
	await createNote(t.ctx(), session_id, { note: `Called ${mark}` });
	await submitReview(t.ctx(), session_id, { qa_status: 'issue', notes: `${mark} was asked twice` });
	await recordError(t.ctx(), { workflow: 'CRM', message: 'refused', stack: mark, session_id });
	// The first is alone in its group, so that group and alert quote it; the second names no chat.
	await recordError(t.ctx(), { workflow: 'Mail', message: `no recipient ${mark}`, session_id });
	await recordError(t.ctx(), { workflow: 'Mail', message: `${mark}@example.com bounced` });
	await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'https://example.com/hook',
		events: ['lead.completed'],
	});
	await createDelivery(t.ctx(), endpoint, { chat_session_id: id, body: `{"name":"${mark}"}` });
	await startReplay(await createUserCtx(t), { session_id });
	const psid = `psid-${mark}`;
	await t.app.db.insert(messenger_pages).values({ page_id: 'page' }).onConflictDoNothing();
	await t.app.db.insert(messenger_threads).values({ page_id: 'page', psid, chat_session_id: id });
	await t.app.db.insert(messenger_events).values({
		page_id: 'page',
		psid,
		dedupe_key: `mid ${mark}`,
		payload: mark,
		sent_at: new Date(),
	});
	return chat;
}

describe('erasing a visitor', () => {
	it('leaves no trace in any table, publishes the deletion and keeps the statistics', async () => {
		const { key: site } = await createSite(t.app);
		const mark = 'zaphodbeeblebrox';
		const chat = await createMarkedChat(site, mark);
		const other = await createChat(t.ctx(), { site, lead: { email: `${mark}@EXAMPLE.com` } });
		const stranger = await createChat(t.ctx(), { site, lead: { email: 'trillian@example.com' } });
		expect(await listTablesWith(mark)).toEqual([
			'automation_errors',
			'chat_sessions',
			'deliveries',
			'error_groups',
			'leads',
			'mails',
			'messages',
			'messenger_events',
			'messenger_threads',
			'notes',
			'replays',
			'reviews',
		]);
		await foldStatistics(t.ctx());
		const before = await getCountedStatistics(t.ctx(), { site });
		const deleted: string[] = [];
		const stop = t.app.events.onPublished(({ name, payload }) => {
			if (name === 'session.deleted') deleted.push(payload.session_id);
		});

		const counts = await eraseVisitor(t.ctx(admin), {
			session_id: chat.session_id,
			confirm: 'erase',
		});
		stop();
		expect(counts).toEqual({
			sessions: 2,
			messages: 2,
			leads: 2,
			deliveries: 1,
			mails: 1,
			errors: 2,
		});
		expect(await listTablesWith(mark)).toEqual([]);
		expect(await listTablesWith(chat.session_id)).toEqual([]);
		expect(deleted.sort()).toEqual([chat.session_id, other.session_id].sort());
		await getSession(t.ctx(), stranger.session_id);
		expect(await listTablesWith('visitor.erased')).toEqual(['audit_entries']);

		await foldStatistics(t.ctx());
		expect(await getCountedStatistics(t.ctx(), { site })).toEqual(before);
		expect((await rebuildStatistics(t.ctx(admin))).differences).toEqual([]);
		expect(await getCountedStatistics(t.ctx(), { site })).toEqual(before);
	});

	it('counts pending statistics before erasing', async () => {
		const { key: site } = await createSite(t.app);
		const { session_id } = await createChat(t.ctx(), { site, lead: { email: 'new@example.com' } });
		await eraseVisitor(t.ctx(admin), { session_id, confirm: 'erase' });
		expect((await getCountedStatistics(t.ctx(), { site })).totals).toMatchObject({
			sessions: 1,
			leads: 1,
		});
	});

	it('erases quotes of the newest addresses of a chat with very many', async () => {
		const addresses = Array.from({ length: 250 }, (_, i) => `${i}@x.example`);
		const { session_id } = await createChat(t.ctx(), {
			messages: [addresses.join(' '), 'marvin@x.example'],
		});
		await recordError(t.ctx(), { workflow: 'Mail', message: 'marvin@x.example bounced' });
		await eraseVisitor(t.ctx(admin), { session_id, confirm: 'erase' });
		expect(await listTablesWith('marvin@x.example')).toEqual([]);
	});

	it('erases quotes of additional contacts', async () => {
		const { id, session_id } = await createChat(t.ctx(), { lead: { name: 'Deep Thought' } });
		const at = new Date().toISOString();
		await t.app.db
			.update(leads)
			.set({
				additional_contacts: [
					{ type: 'email', value: 'deepthought@magrathea.example', at },
					{ type: 'phone', value: '+493098765432', at },
				],
			})
			.where(eq(leads.chat_session_id, id));
		for (const quote of ['deepthought@magrathea.example', '(030) 98765432'])
			await recordError(t.ctx(), { workflow: 'CRM', message: `${quote} is a duplicate` });
		await eraseVisitor(t.ctx(admin), { session_id, confirm: 'erase' });
		expect(await listTablesWith('magrathea')).toEqual([]);
		expect(await listTablesWith('98765432')).toEqual([]);
	});

	it('is not undone by messages, imports and reports that arrive late', async () => {
		await t.app.db.execute(sql`
			create table n8n_chat_histories (id serial primary key, session_id text not null, message jsonb not null)`);
		const { session_id } = await createChat(t.ctx(), { messages: ['I am agrajag'] });
		await eraseVisitor(t.ctx(admin), { session_id, confirm: 'erase' });

		const late = [{ sender: 'visitor' as const, message: 'I am agrajag', external_id: '1' }];
		await expect(ingestMessages(t.ctx(), session_id, late)).rejects.toMatchObject({
			code: 'not_found',
		});
		await recordError(t.ctx(), { workflow: 'Mail', message: 'agrajag bounced', session_id });
		const message = JSON.stringify({ type: 'human', content: 'I am agrajag' });
		await t.app.db.execute(
			sql`insert into n8n_chat_histories (session_id, message) values (${session_id}, ${message}::jsonb)`,
		);
		expect(await syncAll(t.ctx())).toMatchObject({ sessions_created: 0, rows_skipped: 1 });
		await t.app.db.execute(sql`drop table n8n_chat_histories`);
		expect(await listTablesWith('agrajag')).toEqual([]);
	});

	it('allows a new chat under an id that another system chose', async () => {
		const messages = [{ sender: 'visitor' as const, message: 'Hello' }];
		await ingestMessages(t.ctx(), 'session_4915112345678', messages);
		await eraseVisitor(t.ctx(admin), { session_id: 'session_4915112345678', confirm: 'erase' });
		const again = await ingestMessages(t.ctx(), 'session_4915112345678', messages);
		expect(again).toMatchObject({ stored: 1 });
	});

	it('merges sources and campaigns of few chats into others, and keeps common ones', async () => {
		const { key: site } = await createSite(t.app);
		const start = async (utm_source: string, utm_campaign: string) => {
			const context = { utm_source, utm_campaign };
			await countWidgetEvents(t.ctx(), [{ site, event: 'shown', context }]);
			const { session } = await startSession(t.ctx(), { site, context });
			await updateLead(t.ctx(), session, {
				fields: { email: 'fenchurch@example.com' },
				source: 'agent',
			});
			return session;
		};
		for (let i = 0; i < 5; i++) {
			const { session_id } = await start('newsletter', 'spring');
			const fields = { email: `reader${i}@example.com` };
			await updateLead(t.ctx(), { session_id }, { fields, source: 'agent' });
		}
		// The same visitor twice, so that only other visitors' chats count.
		for (let i = 0; i < 6; i++) await start('mail-to-fenchurch', 'for-fenchurch');
		const { session_id } = await start('newsletter', 'spring');
		await foldStatistics(t.ctx());
		await start('newsletter', 'letter-to-fenchurch');
		const { totals } = await getCountedStatistics(t.ctx(), { site });

		const counts = await eraseVisitor(t.ctx(admin), { session_id, confirm: 'erase' });
		expect(counts).toMatchObject({ sessions: 8 });
		expect(await listTablesWith('fenchurch')).toEqual([]);
		const after = await getCountedStatistics(t.ctx(), { site });
		expect(after.totals).toMatchObject({ sessions: 13, leads: totals.leads });
		expect(after.sources.map((row) => [row.source, row.campaign, row.sessions])).toEqual([
			['newsletter', 'spring', 6],
			['other', 'other', 6],
			['newsletter', 'other', 1],
		]);
		expect((await rebuildStatistics(t.ctx(admin))).differences).toEqual([]);
	});

	it('returns zeros when repeated or for an unknown visitor', async () => {
		const input = { email: 'Ford@example.com', confirm: 'erase' } as const;
		await createChat(t.ctx(), { lead: { email: 'ford@example.com' } });
		expect(await eraseVisitor(t.ctx(admin), input)).toMatchObject({ sessions: 1 });
		expect(await eraseVisitor(t.ctx(admin), input)).toMatchObject({ sessions: 0, messages: 0 });
		const gone = { session_id: 'session_nowhere', confirm: 'erase' } as const;
		expect(await eraseVisitor(t.ctx(admin), gone)).toMatchObject({ sessions: 0 });
	});

	it('keeps other chats when only one is to be erased', async () => {
		const lead = { phone: '+442079460000' };
		const [one, two] = [await createChat(t.ctx(), { lead }), await createChat(t.ctx(), { lead })];
		const input = { session_id: String(one.id), only_this_chat: true, confirm: 'erase' } as const;
		expect(await eraseVisitor(t.ctx(admin), input)).toMatchObject({ sessions: 1 });
		await getSession(t.ctx(), two.session_id);
		const byPhone = await findVisitor(t.ctx(), { phone: '+44 20 7946 0000' });
		expect(byPhone).toMatchObject({ count: 1, items: [{ session_id: two.session_id }] });
	});

	it.each([
		['+33612345678', '06 12 34 56 78'],
		['+33612345679', '0033 6 12 34 56 79'],
		['+13125550143;ext=12', '(312) 555-0143'],
		['+13125550144;ext=12', '312-555-0144 x12'],
		['+390612345600', '06 12345600'],
		['07911123456', '+44 7911 123456'],
		['+5511912345678', '(11) 91234-5678'],
	])('finds the phone number %s by %j', async (phone, written) => {
		const { session_id } = await createChat(t.ctx(), { lead: { phone } });
		const { items } = await findVisitor(t.ctx(), { phone: written });
		expect(items.map((session) => session.session_id)).toEqual([session_id]);
	});

	it('finds a number stored with and without its country by either form', async () => {
		for (const phone of ['+491711234599', '01711234599'])
			await createChat(t.ctx(), { lead: { phone } });
		for (const phone of ['+491711234599', '0171 1234599', '0049 171 1234599'])
			expect(await findVisitor(t.ctx(), { phone })).toMatchObject({ count: 2 });
	});

	it('rejects a number that matches two countries', async () => {
		for (const phone of ['+493012345699', '+3903012345699'])
			await createChat(t.ctx(), { lead: { phone } });
		const found = findVisitor(t.ctx(), { phone: '030 12345699' });
		await expect(found).rejects.toMatchObject({ code: 'conflict' });
	});

	it('finds an email address in any notation', async () => {
		await createChat(t.ctx(), { lead: { email: 'zaphod@müller.example' } });
		for (const email of ['Zaphod@Müller.example', '<zaphod@xn--mller-kva.example>']) {
			expect(await findVisitor(t.ctx(), { email })).toMatchObject({ count: 1 });
		}
	});

	it('requires an admin and a confirmation', async () => {
		const { session_id } = await createChat(t.ctx());
		await expect(
			eraseVisitor(t.ctx(agent), { session_id, confirm: 'erase' }),
		).rejects.toMatchObject({ code: 'forbidden' });
		for (const input of [{ session_id }, { session_id, confirm: 'yes' }, { confirm: 'erase' }]) {
			await expect(eraseVisitor(t.ctx(admin), input as never)).rejects.toMatchObject({
				code: 'invalid',
			});
		}
		const noAddress = { email: 'nobody', confirm: 'erase' } as const;
		await expect(eraseVisitor(t.ctx(admin), noAddress)).rejects.toMatchObject({ code: 'invalid' });
		await getSession(t.ctx(), session_id);
	});
});

describe('the export of a visitor', () => {
	it('contains all stored data and is audited', async () => {
		const { key: site } = await createSite(t.app);
		const mark = 'slartibartfast';
		const chat = await createMarkedChat(site, mark);
		const other = await createChat(t.ctx(), { site, lead: { email: `${mark}@example.com` } });
		const pieces = await exportVisitor(t.ctx(agent), { email: `${mark}@example.com` });
		const written: unknown = JSON.parse((await Array.fromAsync(pieces)).join(''));
		expect(written).toMatchObject({
			chats: [
				{ session: { session_id: other.session_id } },
				{
					session: { session_id: chat.session_id },
					lead: { name: mark },
					messages: [{ message: `I am ${mark}` }],
					notes: [{ note: `Called ${mark}` }],
					reviews: [{ notes: `${mark} was asked twice` }],
					pages: [{ page_url: `https://example.com/?name=${mark}` }],
					deliveries: [{ body: `{"name":"${mark}"}` }],
					mails: [{ template: 'review_issue' }],
					errors: [{ stack: mark }, { message: `no recipient ${mark}` }],
					messenger: { psid: `psid-${mark}` },
				},
			],
		});
		expect(await listTablesWith('visitor.exported')).toEqual(['audit_entries']);
	});

	it('throws for an unknown visitor and without permission', async () => {
		await expect(exportVisitor(t.ctx(), { email: 'no@example.com' })).rejects.toMatchObject({
			code: 'not_found',
		});
		await expect(
			exportVisitor(t.ctx({ type: 'anonymous' }), { email: 'no@example.com' }),
		).rejects.toMatchObject({ code: 'unauthorized' });
	});
});

describe('retention', () => {
	const createOlder = (site: string, days: number) =>
		t.app.db.execute(sql`
		update chat_sessions set last_activity_at = last_activity_at - make_interval(days => ${days})
		where site_id = (select id from sites where key = ${site})`);
	const count = async (site: string) => {
		const { rows } = await t.app.db.execute(sql`
			select count(*)::int as n from chat_sessions where site_id = (select id from sites where key = ${site})`);
		return z.array(z.object({ n: z.number() })).parse(rows)[0]?.n;
	};

	it('erases chats past their site’s retention period in batches, and keeps the statistics', async () => {
		const [short, long] = [
			await createSite(t.app, { retention_days: 30 }),
			await createSite(t.app, { retention_days: null }),
		];
		for (const { key, id } of [short, long]) {
			await t.app.db.execute(sql`
				insert into chat_sessions (public_id, site_id)
				select 'session_' || ${key}::text || n, ${id} from generate_series(1, 120) n`);
		}
		await rebuildStatistics(t.ctx(admin));
		await createOlder(short.key, 31);
		await createOlder(long.key, 3000);
		const young = await createChat(t.ctx(), { site: short.key });

		// With two concurrent processes, none erases twice or fails.
		const runs = await Promise.all([eraseOldChats(t.ctx()), eraseOldChats(t.ctx())]);
		const rest = await eraseOldChats(t.ctx());
		expect([...runs, rest].reduce((sum, { sessions }) => sum + sessions, 0)).toBe(120);
		expect(await count(short.key)).toBe(1);
		await getSession(t.ctx(), young.session_id);
		expect(await count(long.key)).toBe(120);
		expect((await getCountedStatistics(t.ctx(), { site: short.key })).totals.sessions).toBe(121);

		const { rows } = await t.app.db.execute(sql`
			select sum((detail ->> 'sessions')::int)::int as n from audit_entries
			where action = 'retention.applied' and target_id = ${short.key}`);
		expect(rows).toEqual([{ n: 120 }]);
	});

	it('finds expired chats by an index', async () => {
		const { id } = await createSite(t.app, { retention_days: 30 });
		const { rows } = await t.app.db.transaction(async (tx) => {
			await tx.execute(sql`set local enable_seqscan = off`);
			return tx.execute(sql`explain select id from chat_sessions where site_id = ${id}
				and last_activity_at < now() - make_interval(days => 30) order by last_activity_at, id limit 50`);
		});
		expect(JSON.stringify(rows)).toContain('chat_sessions_site_list');
		expect(JSON.stringify(rows)).not.toContain('Sort');
	});

	it('keeps the counts of error groups', async () => {
		const { key } = await createSite(t.app, { retention_days: 30 });
		const { session_id } = await createChat(t.ctx(), { site: key });
		await recordError(t.ctx(), { workflow: 'Old', message: 'refused', session_id });
		await createOlder(key, 31);
		expect(await eraseOldChats(t.ctx())).toMatchObject({ sessions: 1, errors: 1 });
		const left = await t.app.db.select().from(automation_errors);
		expect(left.filter(({ workflow }) => workflow === 'Old')).toEqual([]);
		const { rows } = await t.app.db.execute(
			sql`select count from error_groups where workflow = 'Old'`,
		);
		expect(rows).toEqual([{ count: 1 }]);
	});
});
