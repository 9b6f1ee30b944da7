import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Session, SessionListQuery } from '#lib/contract/session.ts';
import { requestHandoff, takeOver } from '../handoffs/index.ts';
import { sendAgentMessage } from '../messages/index.ts';
import { countSessions, getSession, listSessions, updateSession } from './index.ts';

const t = useTestApp();
const hour = 3_600_000;
const noon = Date.parse('2026-05-05T12:00:00.000Z');
const at = (hours: number) => new Date(noon + hours * hour).toISOString();
let site = '';
let all: Session[] = [];

beforeAll(async () => {
	const { id, key } = await createSite(t.app);
	site = key;
	// One chat per hour; every seventh lasts for days, every third is archived.
	await t.app.db.execute(sql`
		insert into chat_sessions (public_id, site_id, archive_status, channel, created_at, last_activity_at)
		select 'session_list' || n, ${id}, case when n % 3 = 0 then 'archived' else 'active' end,
			case when n % 5 = 0 then 'messenger' else 'web' end, ${at(0)}::timestamptz + n * interval '1 h',
			${at(0)}::timestamptz + n * interval '1 h' + case when n % 7 = 0 then interval '50 h' else interval '20 min' end
		from generate_series(0, 119) n`);
	all = (await listSessions(t.ctx(), { site, limit: 200 })).items;
});

/** Returns the items of all pages of a filter. */
async function listAllPages(query: SessionListQuery): Promise<string[]> {
	const found: string[] = [];
	let cursor: string | undefined;
	do {
		const page = await listSessions(t.ctx(), { ...query, site, limit: 7, cursor });
		found.push(...page.items.map(({ session_id }) => session_id));
		cursor = page.next_cursor ?? undefined;
	} while (cursor);
	return found;
}

describe('a list of chat sessions', () => {
	it('has both archive states, last activity first, unless filtered', () => {
		expect(all).toHaveLength(120);
		const times = all.map(({ last_activity_at }) => last_activity_at);
		expect(times).toEqual([...times].sort().reverse());
	});

	it.each<[string, SessionListQuery, (chat: Session) => boolean]>([
		['no filter', {}, () => true],
		['one archive state', { archive_status: 'archived' }, (s) => s.archive_status === 'archived'],
		['a channel', { channel: 'messenger' }, (s) => s.channel === 'messenger'],
		['a beginning', { from: at(40) }, (s) => s.created_at >= at(40)],
		['an end that long chats outlast', { to: at(40) }, (s) => s.created_at < at(40)],
		['the latest possible time', { to: '9999-12-31T23:59:59.999Z' }, () => true],
		['both', { from: at(20), to: at(44) }, (s) => s.created_at >= at(20) && s.created_at < at(44)],
		[
			'all together',
			{ from: at(20), to: at(90), channel: 'messenger', archive_status: 'active' },
			(s) =>
				s.created_at >= at(20) &&
				s.created_at < at(90) &&
				s.channel === 'messenger' &&
				s.archive_status === 'active',
		],
	])(
		'pages through the chats filtered by %s, each once and in order',
		async (_, query, matches) => {
			const wanted = all.filter(matches).map(({ session_id }) => session_id);
			expect(wanted.length).toBeGreaterThan(0);
			expect(await listAllPages(query)).toEqual(wanted);
		},
	);
});

describe('the views of the inbox', () => {
	it('count exactly what they list', async () => {
		const { key } = await createSite(t.app);
		const user = await createUser(t.app, { name: 'Anna' });
		const anna = t.ctx(toActor(user));
		const [waits, hers, done, archived] = [
			await createChat(t.ctx(), { site: key }),
			await createChat(t.ctx(), { site: key }),
			await createChat(t.ctx(), { site: key }),
			await createChat(t.ctx(), { site: key }),
		];
		await requestHandoff(t.ctx(), waits.session_id);
		await updateSession(anna, hers.session_id, { assignee: user.id });
		await updateSession(anna, done.session_id, { completion_status: 'complete' });
		await updateSession(anna, archived.session_id, {
			archive_status: 'archived',
			assignee: user.id,
		});
		const countListed = async (query: SessionListQuery) =>
			(await listSessions(anna, { ...query, site: key, archive_status: 'active' })).items.length;
		expect(await countSessions(anna, { site: key })).toMatchObject({
			waiting: await countListed({ attention: 'waiting' }),
			in_progress: await countListed({ completion_status: 'in_progress' }),
			mine: await countListed({ assignee: user.id }),
			active: await countListed({}),
		});
		const counts = { waiting: 1, in_progress: 2, mine: 1, active: 3 };
		expect(await countSessions(anna, { site: key })).toMatchObject(counts);
		expect(await countSessions(t.ctx(), { site: key })).toMatchObject({ ...counts, mine: 0 });
	});

	it('show the lead’s score, and who wrote the last message, regardless of the assignee', async () => {
		const anna = await createUserCtx(t, { name: 'Anna' });
		const ben = await createUser(t.app, { name: 'Ben' });
		const { session_id } = await createChat(t.ctx(), { lead: { email: 'ada@example.com' } });
		const readSession = () => getSession(t.ctx(), session_id);
		const { lead_score, last_message } = await readSession();
		expect(lead_score).toBeGreaterThan(0);
		expect(last_message).toMatchObject({ sender: 'visitor', author: null });
		await takeOver(anna, session_id);
		await sendAgentMessage(anna, { session_id, message: 'This is Anna.' });
		await updateSession(anna, session_id, { assignee: ben.id });
		expect(await readSession()).toMatchObject({
			assignee: { name: 'Ben' },
			last_message: { sender: 'agent', author: 'Anna' },
		});
	});
});
