import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFlag } from '../../../../../tests/factories/flag.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStatementCount } from '../../../../../tests/support/statements.ts';
import type { Channel, CompletionStatus } from '#lib/contract/common.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import {
	ai_turns,
	chat_flags,
	chat_sessions,
	check_leases,
	messages,
	sites,
} from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { updateFlag } from './index.ts';
import { getSiteHosts, getSiteDomain } from './read-chats.ts';
import { checkFinishedChats } from './unchecked.ts';

const statements = useStatementCount();
const t = useTestApp();
const published: AppEvent[] = [];

beforeAll(() => {
	t.app.events.onPublished((event) => published.push(event));
});
beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
	published.length = 0;
});

const TWICE = [
	'> I need a new roof',
	'< Which email address can the team reach you at? {email}',
	'> maya@example.org',
	'< Which email address can the team reach you at? {email}',
];

/** Creates a chat with these lines (`<` the AI, `>` the visitor) and ends it. */
async function createEndedChat(
	lines: string[],
	more: { status?: CompletionStatus; site?: string; channel?: Channel } = {},
) {
	const { status = 'abandoned', site = 'default', channel } = more;
	const { session } = await startSession(t.ctx(), { site }, { channel });
	const ids = await addLines(session.id, lines);
	await end(session.id, status);
	return { id: session.id, session_id: session.session_id, ids };
}

async function addLines(chat_session_id: number, lines: string[]): Promise<number[]> {
	const ids = [];
	for (const line of lines) {
		const [, mark, message = '', asked] = /^([<>]) (.*?)(?: \{(\w+)\})?$/.exec(line) ?? [];
		const turn_id = randomUUID();
		const isAi = mark === '<';
		const [row] = await t.app.db
			.insert(messages)
			.values({
				chat_session_id,
				sender: isAi ? 'ai' : 'visitor',
				message,
				...(isAi && { turn_id }),
			})
			.returning({ id: messages.id });
		const id = row?.id ?? 0;
		if (isAi) {
			await t.app.db.insert(ai_turns).values({
				turn_id,
				chat_session_id,
				action: 'message',
				connector: 'n8n',
				asked: asked ?? null,
				message_id: ids.at(-1) ?? null,
				outcome: 'ok',
				finished_at: t.app.clock(),
			});
		}
		ids.push(id);
		const activity = {
			last_activity_at: t.app.clock(),
			last_visitor_message_id: isAi ? undefined : id,
		};
		await t.app.db.update(chat_sessions).set(activity).where(eq(chat_sessions.id, chat_session_id));
	}
	return ids;
}

async function end(id: number, completion_status: CompletionStatus) {
	const completed =
		completion_status === 'complete'
			? { completed_at: t.app.clock(), completion_source: 'live' as const }
			: {};
	await t.app.db
		.update(chat_sessions)
		.set({ completion_status, ...completed })
		.where(eq(chat_sessions.id, id));
}

const getRow = async (id: number) =>
	(await t.app.db.select().from(chat_sessions).where(eq(chat_sessions.id, id)))[0];
const getFlags = async (id: string) => (await getTranscript(t.ctx(), id)).flags;
const listRules = async (id: string) => (await getFlags(id)).map(({ rule }) => rule);

describe('a finished chat', () => {
	it('is checked once, and its faults are pinned to their messages and published', async () => {
		const { id, session_id, ids } = await createEndedChat(TWICE);
		expect(await checkFinishedChats(t.ctx())).toBe(1);
		const flags = await getFlags(session_id);
		expect(flags).toMatchObject([
			{ rule: 'value_missing', message_id: ids[2], verdict: null, dismissed: null },
			{ rule: 'asked_known', message_id: ids[3], source: 'rule' },
			{ rule: 'repeated_question', message_id: ids[3], title: 'Repeated question' },
		]);
		expect(published).toContainEqual({ name: 'session.flagged', payload: { session_id, flags } });
		expect(await checkFinishedChats(t.ctx())).toBe(0);
		expect(await getRow(id)).toMatchObject({ is_flagged: true });
		expect(await t.app.db.select().from(check_leases)).toEqual([]);
	});

	it('enters the review queue because of its flags, even if it isn’t in the sample', async () => {
		const { id, session_id } = await createEndedChat(TWICE);
		const quiet = await createEndedChat(['> Hello there, how are you', '< Fine, thanks.']);
		await checkFinishedChats(t.ctx());
		expect(await getRow(id)).toMatchObject({ review_queued_because: 'flagged' });
		expect(await getRow(quiet.id)).toMatchObject({ is_flagged: false, review_queued_at: null });
		expect(published).toContainEqual({ name: 'review.queued', payload: { session_id } });
	});

	it('is checked if it is complete or abandoned, but not while it is open or if it is a test', async () => {
		const complete = await createEndedChat(TWICE, { status: 'complete' });
		const open = await createEndedChat(TWICE, { status: 'in_progress' });
		const test = await createEndedChat(TWICE, { channel: 'test' });
		expect(await checkFinishedChats(t.ctx())).toBe(1);
		expect(await listRules(complete.session_id)).toContain('completed_without_contact');
		for (const { session_id } of [open, test]) expect(await listRules(session_id)).toEqual([]);
		expect(await getRow(test.id)).toMatchObject({ is_flagged: false, checked_through_at: null });
	});

	it('is checked again after more messages: flags aren’t duplicated, and obsolete ones are removed', async () => {
		const { id, session_id } = await createEndedChat(['< ...', '> Hello', '< {{ $json.output }}']);
		await checkFinishedChats(t.ctx());
		const [first, second] = await getFlags(session_id);
		await updateFlag(t.ctx(), session_id, first?.id ?? 0, { dismissed: true });
		t.advance(60_000);
		await addLines(id, ['> Is anyone there?', '< null']);
		await t.app.db
			.update(messages)
			.set({ message: 'Hello' })
			.where(eq(messages.id, second?.message_id ?? 0));
		expect(await checkFinishedChats(t.ctx())).toBe(1);
		const after = await getFlags(session_id);
		expect(after).toHaveLength(2);
		expect(after[0]).toMatchObject({ id: first?.id, dismissed: { by: 'Frontdesk' } });
		expect(after[1]).toMatchObject({ rule: 'answer_empty', dismissed: null });
		expect(after[1]?.id).not.toBe(second?.id);
	});

	it('is left for later if it is resumed while it is checked', async () => {
		const { id, session_id } = await createEndedChat(TWICE);
		await t.app.db.execute(sql`
			create or replace function resume() returns trigger language plpgsql as $$ begin
				update chat_sessions set completion_status = 'in_progress' where id = new.chat_session_id; return new; end $$`);
		await t.app.db.execute(sql`
			create trigger resume after insert on check_leases for each row execute function resume()`);
		await checkFinishedChats(t.ctx());
		await t.app.db.execute(sql`drop trigger resume on check_leases`);
		expect(await getRow(id)).toMatchObject({ checked_through_at: null, is_flagged: false });
		await end(id, 'abandoned');
		expect(await checkFinishedChats(t.ctx())).toBe(1);
		expect(await listRules(session_id)).toContain('asked_known');
	});
});

describe('the job', () => {
	it('is shared between processes, which check every chat once', async () => {
		for (let chat = 0; chat < 45; chat++) await createEndedChat(['> Hello', '< null']);
		const counts = await Promise.all([1, 2, 3].map(() => checkFinishedChats(t.ctx())));
		const rest = await checkFinishedChats(t.ctx());
		expect(counts.reduce((sum, count) => sum + count, rest)).toBe(45);
		expect(await t.app.db.$count(chat_flags)).toBe(45);
	});

	it('takes over the chats of a process that died, once its leases expire', async () => {
		const { id } = await createEndedChat(['> Hello', '< null']);
		const leased_until = new Date(t.app.clock().getTime() + 60_000);
		await t.app.db.insert(check_leases).values({ chat_session_id: id, leased_until });
		expect(await checkFinishedChats(t.ctx())).toBe(0);
		t.advance(60_001);
		expect(await checkFinishedChats(t.ctx())).toBe(1);
	});

	it('checks chats without faults in a bounded number of statements', async () => {
		for (let chat = 0; chat < 15; chat++)
			await createEndedChat(['> Hello', '< Hello, how can I help?']);
		const sent = await statements.during(() => checkFinishedChats(t.ctx()));
		// A claim, the chats, their site, the precision, and one transaction of five.
		expect(sent.length).toBeLessThanOrEqual(10);
	});

	it('finds due chats by its own index, however many there are', async () => {
		await createEndedChat(['> Hello']);
		await t.app.db.execute(sql`analyze chat_sessions`);
		const { rows } = await t.app.db.transaction(async (tx) => {
			await tx.execute(sql`set local enable_seqscan = off`);
			await tx.execute(sql`set local enable_bitmapscan = off`);
			return tx.execute(sql`explain select s.id from chat_sessions s
				where s.channel <> 'test' and s.completion_status <> 'in_progress'
					and (s.checked_through_at is null or s.checked_through_at < s.last_activity_at)
					and not exists (select from check_leases l where l.chat_session_id = s.id and l.leased_until > now())
				order by s.last_activity_at desc, s.id desc limit 20`);
		});
		const plan = JSON.stringify(rows);
		expect(plan).toContain('chat_sessions_check_due');
		expect(plan).not.toContain('Sort');
	});
});

describe('a rule', () => {
	const EMPTY = ['> Hello', '< null'];
	/** Creates a chat with flags of a rule that reviewers judged. */
	async function createJudgedChat(site: string, verdict: 'confirmed' | 'rejected', count: number) {
		const { id, session_id } = await createEndedChat(['> Hello'], { site });
		const ids = await addLines(
			id,
			Array.from({ length: count }, () => '> Hello'),
		);
		for (const message_id of ids) {
			await createFlag(t.app, id, { rule: 'answer_empty', message_id, verdict });
		}
		return session_id;
	}
	const isRuleOn = async (site: string) => {
		const { session_id } = await createEndedChat(EMPTY, { site });
		await checkFinishedChats(t.ctx());
		return (await listRules(session_id)).includes('answer_empty');
	};

	it('can be turned off for a site', async () => {
		const { key } = await createSite(t.app, { check_switches: { answer_empty: false } });
		expect(await isRuleOn(key)).toBe(false);
		expect(await isRuleOn('default')).toBe(true);
	});

	it('is off after reviewers rejected most of 20 flags, until an admin turns it on', async () => {
		const { key } = await createSite(t.app);
		await createJudgedChat(key, 'rejected', 11);
		await createJudgedChat(key, 'confirmed', 8);
		expect(await isRuleOn(key)).toBe(true);
		await createJudgedChat(key, 'confirmed', 1);
		expect(await isRuleOn(key)).toBe(false);
		await t.app.db
			.update(sites)
			.set({ check_switches: { answer_empty: true } })
			.where(eq(sites.key, key));
		expect(await isRuleOn(key)).toBe(true);
	});

	it('follows the figures of its site if there are enough, else those of all sites', async () => {
		const [trusted, other] = [await createSite(t.app), await createSite(t.app)];
		await createJudgedChat(trusted.key, 'confirmed', 20);
		await createJudgedChat(other.key, 'rejected', 40);
		expect(await isRuleOn(trusted.key)).toBe(true);
		expect(await isRuleOn(other.key)).toBe(false);
		expect(await isRuleOn('default')).toBe(false);
	});
});

describe('the hosts that the AI may link to', () => {
	it.each([
		['www.example.com', 'example.com'],
		['landing.example.co.uk', 'example.co.uk'],
		['roofs.webflow.io', 'roofs.webflow.io'],
		['192.0.2.7', '192.0.2.7'],
		['localhost', 'localhost'],
		['loja.exemplo.com.br', 'exemplo.com.br'],
	])('%j is a page of %j', (host, domain) => expect(getSiteDomain(host)).toBe(domain));

	it('are those of the site, its pages, its list and Frontdesk; none if no page is known', () => {
		const site = { allowed_origins: ['https://www.example.com'], link_hosts: ['calendly.com'] };
		const none = { allowed_origins: [], link_hosts: [] };
		expect(
			getSiteHosts(site, ['https://go.example.org/a', undefined], 'https://chat.test'),
		).toEqual(['example.com', 'example.org', 'calendly.com', 'chat.test']);
		expect(getSiteHosts(none, [undefined], 'https://chat.test')).toEqual([]);
	});
});
