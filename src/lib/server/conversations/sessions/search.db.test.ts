import { expect, it, onTestFinished } from 'vitest';
import { sql } from 'drizzle-orm';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { SessionListQuery } from '#lib/contract/session.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { countSessions, listSessions, updateSession } from './index.ts';
import { SCAN_LIMIT } from './search.ts';

const t = useTestApp();

const search = async (q: string, site?: string) => {
	const { items } = await listSessions(t.ctx(), { q, site });
	return items.map(({ id, match }) => ({
		id,
		text: match?.text,
		message_id: match?.message_id,
		words: match?.ranges.map(({ start, end }) => match.text.slice(start, end)),
	}));
};

it('a search returns the newest message with all words', async () => {
	const { id } = await createChat(t.ctx(), {
		messages: ['The wyvern lands', 'A wyvern, and Wyvernlings', 'Nothing'],
	});
	expect(await search('wyv')).toMatchObject([
		{ id, text: 'A wyvern, and Wyvernlings', words: ['wyvern', 'Wyvernlings'] },
	]);
});

it('a match in the lead is returned as such', async () => {
	const { id } = await createChat(t.ctx(), { lead: { name: 'Quill Osterhagen' } });
	expect(await search('osterhagen')).toEqual([
		{ id, text: 'Quill Osterhagen', message_id: null, words: ['Osterhagen'] },
	]);
});

it('snippets are plain text, even for hostile messages', async () => {
	const hostile = `<b>zircon</b> zircon <img src=x onerror=alert(1)> "zircon`;
	await createChat(t.ctx(), { messages: [hostile] });
	const [found] = await search('zircon');
	expect(found?.words).toEqual(['zircon', 'zircon', 'zircon']);
	expect(found?.text).toBe(hostile);
});

it('a search that would read many long messages uses the full-text index', async () => {
	const { key, id: site_id } = await createSite(t.app);
	const { id } = await createChat(t.ctx(), { site: key, messages: ['a lone manticore'] });
	await t.app.db.execute(sql`
		with made as (insert into chat_sessions (public_id, site_id) select 'session_long' || n, ${site_id} from generate_series(1, 200) n
			returning id)
		insert into messages (chat_session_id, sender, message) select id, 'visitor', repeat('lone griffins ', 280) from made`);
	const before = SCAN_LIMIT.ms;
	onTestFinished(() => void (SCAN_LIMIT.ms = before));
	SCAN_LIMIT.ms = 1;
	expect((await search('manticore lone', key)).map((found) => found.id)).toEqual([id]);
});

it('lists without a search have no matches', async () => {
	await createChat(t.ctx());
	const { items } = await listSessions(t.ctx(), {});
	expect(items).not.toEqual([]);
	expect(items.filter((session) => 'match' in session)).toEqual([]);
});

it('a word with thousands of hits is found by scanning the list, in the same pages', async () => {
	const { key, id: site_id } = await createSite(t.app);
	await t.app.db.execute(sql`
		with made as (insert into chat_sessions (public_id, site_id, last_activity_at)
			select 'session_common' || n, ${site_id}, now() - n * interval '1 s' from generate_series(1, 20100) n
			returning id)
		insert into messages (chat_session_id, sender, message) select id, 'visitor', 'a common gryphon' from made`);
	const seen = new Set<number>();
	let cursor: string | null | undefined;
	do {
		const page = await listSessions(t.ctx(), {
			q: 'gryphon',
			site: key,
			limit: 200,
			cursor: cursor ?? undefined,
		});
		expect(page.items).toHaveLength(200);
		for (const { id, match } of page.items) {
			expect(match?.text).toBe('a common gryphon');
			seen.add(id);
		}
		cursor = page.next_cursor;
	} while (cursor && seen.size < 600);
	expect(seen.size).toBe(600);
	expect(await countSessions(t.ctx(), { site: key })).toMatchObject({
		active: 1_000,
		in_progress: 1_000,
		complete: 0,
	});
});

it('words are found at any depth of the list, in its order', async () => {
	const { key, id: site_id } = await createSite(t.app);
	const places = [3, 400, 501, 700, 7_999, 8_100, 8_999];
	await t.app.db.execute(sql`
		with made as (insert into chat_sessions (public_id, site_id, last_activity_at)
			select 'session_far' || n, ${site_id}, now() - n * interval '1 s' from generate_series(1, 9000) n
			returning id, public_id)
		insert into messages (chat_session_id, sender, message)
		select id, 'visitor', case when public_id = any(${sql.param(places.map((n) => `session_far${n}`))}::text[])
			then 'a lone quokka' else 'nobody' end from made`);
	const found = async (query: SessionListQuery) =>
		(await listSessions(t.ctx(), { q: 'quokka', site: key, ...query })).items.map(
			({ session_id }) => Number(session_id.replace(/\D/g, '')),
		);
	expect(await found({})).toEqual(places);
	expect(await found({ limit: 2 })).toEqual(places.slice(0, 2));
	expect(await found({ limit: 3 })).toEqual(places.slice(0, 3));
	const { next_cursor } = await listSessions(t.ctx(), { q: 'quokka', site: key, limit: 4 });
	expect(await found({ cursor: next_cursor ?? '' })).toEqual(places.slice(4));
	expect(await found({ q: 'quokka nobody' })).toEqual([]);
});

it('counts follow archive, completion and review, for one site or all', async () => {
	const { key } = await createSite(t.app);
	const [one, two, three] = [
		await createChat(t.ctx(), { site: key }),
		await createChat(t.ctx(), { site: key }),
		await createChat(t.ctx(), { site: key }),
	];
	await updateSession(t.ctx(), one.session_id, { completion_status: 'complete' });
	await updateSession(t.ctx(), two.session_id, { completion_status: 'complete' });
	await submitReview(t.ctx(), two.session_id, { qa_status: 'passed' });
	const counts = { active: 3, waiting: 0, mine: 0, in_progress: 1, complete: 2, to_review: 1 };
	expect(await countSessions(t.ctx(), { site: key })).toEqual(counts);
	await updateSession(t.ctx(), three.session_id, { archive_status: 'archived' });
	expect(await countSessions(t.ctx(), { site: key })).toEqual({
		...counts,
		active: 2,
		in_progress: 0,
	});
	expect(await countSessions(t.ctx(), { site: 'nowhere' })).toMatchObject({ active: 0 });
});
