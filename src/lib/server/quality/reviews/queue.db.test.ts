import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CompletionStatus } from '#lib/contract/common.ts';
import { createFlag } from '../../../../../tests/factories/flag.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStatementCount } from '../../../../../tests/support/statements.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { ai_turns, chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import {
	claimNextReview,
	claimReview,
	countByReviewer,
	countReviews,
	findReviewLock,
	listReviewItems,
	releaseReview,
	submitReview,
} from './index.ts';
import { enqueueReviews } from './unchecked.ts';

const statements = useStatementCount();
const t = useTestApp();
const published: AppEvent[] = [];
let anna: Ctx;
let ben: Ctx;
let admin: Ctx;

beforeAll(async () => {
	anna = await createUserCtx(t, { name: 'Anna' });
	ben = await createUserCtx(t, { name: 'Ben' });
	admin = await createUserCtx(t, { name: 'Grace', role: 'admin' });
	t.app.events.onPublished((event) => published.push(event));
});
beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
	published.length = 0;
});

async function createEndedChats(
	status: CompletionStatus = 'complete',
	site = 'default',
	count = 1,
) {
	const ids: string[] = [];
	for (let i = 0; i < count; i++) {
		const { session } = await startSession(t.ctx(), { site });
		const completion =
			status === 'complete'
				? { completed_at: t.app.clock(), completion_source: 'live' as const }
				: {};
		await t.app.db
			.update(chat_sessions)
			.set({ completion_status: status, ...completion })
			.where(eq(chat_sessions.id, session.id));
		ids.push(session.session_id);
	}
	return ids;
}
const listQueue = async () => (await listReviewItems(anna, { limit: 200 })).items;
const listQueuedIds = async () => (await listQueue()).map(({ session }) => session.session_id);
const claimNext = async (ctx: Ctx, after?: string) =>
	(await claimNextReview(ctx, after ? { after } : {}))?.session_id ?? null;

describe('the review queue', () => {
	it('lists and claims the newest first on request, whether flagged or not', async () => {
		const ids = await createEndedChats('complete', 'default', 4);
		for (const [index, id] of ids.entries()) {
			await t.app.db
				.update(chat_sessions)
				.set({
					review_queued_at: new Date(Date.UTC(2026, 0, index + 1)),
					review_queued_because: 'complete',
					is_flagged: index === 1,
				})
				.where(eq(chat_sessions.public_id, id));
		}
		const [first, flagged, third, last] = ids;
		const list = async (input: object) => {
			const { items, next_cursor } = await listReviewItems(anna, { limit: 2, ...input });
			return { ids: items.map(({ session }) => session.session_id), cursor: next_cursor };
		};
		expect((await list({})).ids).toEqual([flagged, first]);
		const page = await list({ order: 'newest' });
		expect(page.ids).toEqual([last, third]);
		expect((await list({ order: 'newest', cursor: page.cursor })).ids).toEqual([flagged, first]);
		expect((await list({ order: 'newest', flagged: true })).ids).toEqual([flagged]);

		const claim = async (ctx: Ctx, after?: string) =>
			(await claimNextReview(ctx, { order: 'newest', ...(after && { after }) }))?.session_id;
		expect(await claim(anna)).toBe(last);
		expect(await claim(ben)).toBe(third);
		expect(await claim(ben, third)).toBe(flagged);
		expect(await claim(ben, first)).toBe(third);
	});

	it('contains every complete chat, but no open chat and no test chat', async () => {
		const [first = '', second = ''] = await createEndedChats('complete', 'default', 2);
		await createEndedChats('in_progress');
		const { session } = await startSession(t.ctx(), { site: 'default' }, { channel: 'test' });
		await t.app.db
			.update(chat_sessions)
			.set({ completion_status: 'abandoned' })
			.where(eq(chat_sessions.id, session.id));
		expect(await enqueueReviews(t.ctx())).toBe(2);
		expect(await enqueueReviews(t.ctx())).toBe(0);
		expect(await listQueuedIds()).toEqual([first, second]);
		expect((await listQueue())[0]).toMatchObject({ queued_because: 'complete', lock: null });
		expect(published.filter(({ name }) => name === 'review.queued')).toHaveLength(2);
	});

	it('draws the same sample every time, and a larger sample contains the smaller one', async () => {
		const site = await createSite(t.app, { review_sample_percent: 30 });
		await createEndedChats('abandoned', site.key, 60);
		const draw = async (percent: number) => {
			await t.app.db
				.update(sites)
				.set({ review_sample_percent: percent })
				.where(eq(sites.id, site.id));
			await t.app.db.update(chat_sessions).set({
				review_queued_at: null,
				review_queued_because: null,
				review_drawn_at: null,
			});
			await enqueueReviews(t.ctx());
			return listQueuedIds();
		};
		const thirty = await draw(30);
		expect(thirty.length).toBeGreaterThanOrEqual(12);
		expect(thirty.length).toBeLessThanOrEqual(24);
		expect(await draw(30)).toEqual(thirty);
		expect(await draw(60)).toEqual(expect.arrayContaining(thirty));
		expect(await draw(0)).toEqual([]);
		expect(await draw(100)).toHaveLength(60);
	});

	it('contains every chat with a failed turn or a fallback reply, even without sampling', async () => {
		const site = await createSite(t.app, { review_sample_percent: 0 });
		const [failed = '', fallback = '', fine = ''] = await createEndedChats(
			'abandoned',
			site.key,
			3,
		);
		const selectId = (id: string) => sql`(select id from chat_sessions where public_id = ${id})`;
		for (const [id, outcome] of [
			[failed, 'timeout'],
			[fine, 'ok'],
			[fine, 'dropped'],
		] as const) {
			await t.app.db.insert(ai_turns).values({
				turn_id: crypto.randomUUID(),
				chat_session_id: selectId(id) as never,
				action: 'start',
				connector: 'n8n',
				finished_at: new Date(),
				outcome,
			});
		}
		await t.app.db.execute(sql`insert into messages (chat_session_id, sender, message, is_fallback)
			values (${selectId(fallback)}, 'ai', 'Sorry', true)`);
		await enqueueReviews(t.ctx());
		expect(await listQueuedIds()).toEqual([failed, fallback]);
	});

	it('adds an abandoned chat that was resumed and completed', async () => {
		const site = await createSite(t.app, { review_sample_percent: 0 });
		const [id = ''] = await createEndedChats('abandoned', site.key);
		expect(await enqueueReviews(t.ctx())).toBe(0);
		await t.app.db
			.update(chat_sessions)
			.set({ completion_status: 'complete', completed_at: new Date(), completion_source: 'live' })
			.where(eq(chat_sessions.public_id, id));
		expect(await enqueueReviews(t.ctx())).toBe(1);
	});

	it('loses a chat with a decision and regains it with a reset', async () => {
		const [id = ''] = await createEndedChats();
		await enqueueReviews(t.ctx());
		await submitReview(anna, id, { qa_status: 'passed' });
		expect(await listQueuedIds()).toEqual([]);
		expect(await countReviews(anna)).toEqual({
			unchecked: 0,
			flagged: 0,
			issue: 0,
			fixed: 0,
			passed: 1,
		});
		await submitReview(admin, id, { qa_status: 'unchecked' });
		expect(await listQueue()).toMatchObject([
			{ queued_because: 'reset', review: { qa_status: 'unchecked' } },
		]);
	});

	it('is listed in pages, each chat once', async () => {
		const ids = await createEndedChats('complete', 'default', 5);
		await enqueueReviews(t.ctx());
		const first = await listReviewItems(anna, { limit: 3 });
		const second = await listReviewItems(anna, { limit: 3, cursor: first.next_cursor ?? '' });
		const all = [...first.items, ...second.items].map(({ session }) => session.session_id);
		expect(all).toEqual(ids);
		expect(second.next_cursor).toBeNull();
	});
});

describe('a flagged chat', () => {
	/** Queues five chats; the third and the last are flagged. */
	async function createFlaggedQueue() {
		const ids = await createEndedChats('complete', 'default', 5);
		await enqueueReviews(t.ctx());
		const flagged = [ids[2] ?? '', ids[4] ?? ''];
		for (const public_id of flagged) {
			const [row] = await t.app.db
				.select()
				.from(chat_sessions)
				.where(eq(chat_sessions.public_id, public_id));
			const chat_session_id = row?.id ?? 0;
			const message = { chat_session_id, session_id: public_id, message: 'And your email?' };
			const [stored] = await inTransaction(t.ctx(), (tx) =>
				storeMessages(tx, [{ ...message, sender: 'ai', created_at: t.app.clock() }]),
			);
			await createFlag(t.app, chat_session_id, { message_id: stored?.message.id });
		}
		const others = ids.filter((id) => !flagged.includes(id));
		return { flagged, others, inOrder: [...flagged, ...others] };
	}

	it('comes first in the queue, with its flags, on every page', async () => {
		const { flagged, inOrder } = await createFlaggedQueue();
		const items = await listQueue();
		expect(items.map(({ session }) => session.session_id)).toEqual(inOrder);
		expect(items.map(({ flags }) => flags.length)).toEqual([1, 1, 0, 0, 0]);
		expect(items[0]?.flags[0]).toMatchObject({
			title: 'Repeated question',
			dismissed: null,
			quote: 'And your email?',
		});
		for (const limit of [1, 2, 3]) {
			const seen: string[] = [];
			let cursor: string | null = null;
			do {
				const page: Awaited<ReturnType<typeof listReviewItems>> = await listReviewItems(anna, {
					limit,
					...(cursor !== null && { cursor }),
				});
				seen.push(...page.items.map(({ session }) => session.session_id));
				cursor = page.next_cursor;
			} while (cursor !== null);
			expect(seen).toEqual(inOrder);
		}
		expect(await countReviews(anna)).toMatchObject({ unchecked: 5, flagged: 2 });
		expect(flagged).toHaveLength(2);
	});

	it('can be listed alone, in pages, or excluded', async () => {
		const { flagged, others } = await createFlaggedQueue();
		const list = async (query: Parameters<typeof listReviewItems>[1]) =>
			(await listReviewItems(anna, query)).items.map(({ session }) => session.session_id);
		expect(await list({ flagged: true })).toEqual(flagged);
		expect(await list({ flagged: false })).toEqual(others);
		const { next_cursor } = await listReviewItems(anna, { flagged: true, limit: 1 });
		expect(await list({ flagged: true, cursor: next_cursor ?? '' })).toEqual(flagged.slice(1));
	});

	it('is claimed first, followed by the others in the order of the list', async () => {
		const { inOrder } = await createFlaggedQueue();
		const [first = '', second = '', third = ''] = inOrder;
		expect(await claimNext(anna)).toBe(first);
		expect(await claimNext(anna, first)).toBe(second);
		expect(await claimNext(anna, second)).toBe(third);
	});

	it('takes two statements to list, and is read in the order of the index', async () => {
		await createFlaggedQueue();
		const sent = await statements.during(() => listReviewItems(anna, {}));
		expect(sent).toHaveLength(2);
		await t.app.db.execute(sql`analyze chat_sessions`);
		const { rows } = await t.app.db.transaction(async (tx) => {
			await tx.execute(sql`set local enable_seqscan = off`);
			await tx.execute(sql`set local enable_bitmapscan = off`);
			return tx.execute(sql`explain select id from chat_sessions
				where review_queued_at is not null and qa_status = 'unchecked' and (not is_flagged) = false
					and ((not is_flagged), review_queued_at, id) > (false, '2026-01-01'::timestamptz, 1::bigint)
				order by (not is_flagged), review_queued_at, id limit 51`);
		});
		const plan = JSON.stringify(rows);
		expect(plan).toContain('chat_sessions_review_order');
		expect(plan).not.toContain('Sort');
	});
});

describe('a review lock', () => {
	it('belongs to one user: concurrent requests for the next chat return different chats', async () => {
		await createEndedChats('complete', 'default', 6);
		await enqueueReviews(t.ctx());
		const people = [anna, ben, admin];
		const claimed = await Promise.all(people.map((ctx) => claimNext(ctx)));
		expect(new Set(claimed).size).toBe(3);
		expect(claimed).not.toContain(null);
	});

	it('goes to one of two users who claim the same chat concurrently', async () => {
		const [id = ''] = await createEndedChats();
		const { rows } = await t.app.db.execute<{ id: string }>(
			sql`select id from chat_sessions where public_id = ${id}`,
		);
		const both: Promise<unknown>[] = [];
		await t.app.db.transaction(async (tx) => {
			// The row is locked until both claims are waiting for it.
			await tx.execute(sql`select id from chat_sessions where id = ${rows[0]?.id} for update`);
			both.push(claimReview(anna, id), claimReview(ben, id));
			await vi.waitUntil(async () => {
				const waiting = await t.app.db.execute<{ count: number }>(
					sql`select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
				);
				return waiting.rows[0]?.count === 2;
			});
		});
		const results = await Promise.allSettled(both);
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		const refused = results.find((result) => result.status === 'rejected');
		expect(refused?.reason).toMatchObject({
			code: 'conflict',
			message: expect.stringMatching(/(Anna|Ben) is reviewing this chat/) as string,
		});
	});

	it('blocks colleagues until it is released, a decision is made or five minutes pass', async () => {
		const [one = '', two = ''] = await createEndedChats('complete', 'default', 2);
		await enqueueReviews(t.ctx());
		await claimReview(anna, one);
		await expect(submitReview(ben, one, { qa_status: 'passed' })).rejects.toMatchObject({
			code: 'conflict',
			message: expect.stringContaining('Anna is reviewing') as string,
		});
		expect(await claimNext(ben)).toBe(two);
		expect(await claimNext(admin)).toBeNull();
		await releaseReview(ben, one);
		expect(await findReviewLock(ben, one)).toMatchObject({ reviewer: { name: 'Anna' } });
		await releaseReview(anna, one);
		expect(await findReviewLock(ben, one)).toBeNull();
		expect(await claimNext(admin)).toBe(one);

		t.advance(4 * 60_000);
		await claimReview(admin, one);
		t.advance(2 * 60_000);
		expect(await findReviewLock(anna, one)).toMatchObject({ reviewer: { name: 'Grace' } });
		expect(await findReviewLock(anna, two)).toBeNull();
		expect(await claimNext(anna)).toBe(two);
		await submitReview(anna, two, { qa_status: 'passed' });
		expect(await findReviewLock(anna, two)).toBeNull();
	});

	it('is published and appears in the queue', async () => {
		const [id = ''] = await createEndedChats();
		await enqueueReviews(t.ctx());
		const lock = await claimReview(anna, id);
		expect((await listQueue())[0]?.lock).toEqual(lock);
		await releaseReview(anna, id);
		const changes = published.filter(({ name }) => name === 'review.lock_changed');
		expect(changes.map(({ payload }) => payload)).toEqual([
			{ session_id: id, lock },
			{ session_id: id, lock: null },
		]);
	});

	it('goes to the chat after the given one, and to the first one past the end', async () => {
		const [one = '', two = ''] = await createEndedChats('complete', 'default', 2);
		await enqueueReviews(t.ctx());
		expect(await claimNext(anna)).toBe(one);
		expect(await claimNext(anna, one)).toBe(two);
		expect(await claimNext(anna, two)).toBe(one);
		await submitReview(anna, one, { qa_status: 'passed' });
		expect(await claimNext(anna, one)).toBe(two);
		expect(await claimNext(anna, two)).toBeNull();
	});

	it('is for users only', async () => {
		const [id = ''] = await createEndedChats();
		const program = t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: ['admin'] });
		await expect(claimReview(program, id)).rejects.toMatchObject({ code: 'forbidden' });
		await expect(claimReview(anna, 'session_nobody')).rejects.toMatchObject({ code: 'not_found' });
	});
});

it('counts decisions by reviewer within the period', async () => {
	const [one = '', two = '', three = ''] = await createEndedChats('complete', 'default', 3);
	await submitReview(anna, one, { qa_status: 'passed' });
	await submitReview(ben, two, { qa_status: 'issue', notes: 'asked twice' });
	await submitReview(anna, two, { qa_status: 'fixed', developer_feedback: 'asks once' });
	await submitReview(anna, three, { qa_status: 'passed' });
	const from = new Date(t.app.clock().getTime() - 60_000).toISOString();
	const counts = await countByReviewer(anna, { from });
	expect(counts.filter(({ reviewer }) => reviewer !== 'Grace')).toMatchObject([
		{ reviewer: 'Anna', passed: 2, issue: 0, fixed: 1 },
		{ reviewer: 'Ben', passed: 0, issue: 1, fixed: 0 },
	]);
	const to = new Date(t.app.clock().getTime() + 60_000).toISOString();
	expect(await countByReviewer(anna, { from: to })).toEqual([]);
});

it('stores a review’s reasons and message, which must belong to the chat', async () => {
	const [id = '', other = ''] = await createEndedChats('complete', 'default', 2);
	const insertMessage = async (session: string) => {
		const { rows } = await t.app.db.execute<{ id: string }>(
			sql`insert into messages (chat_session_id, sender, message)
				select id, 'ai', 'Wrong' from chat_sessions where public_id = ${session} returning id`,
		);
		return Number(rows[0]?.id);
	};
	const message_id = await insertMessage(id);
	const input = { qa_status: 'issue' as const, notes: 'No', reasons: ['too_pushy' as const] };
	await expect(
		submitReview(anna, id, { ...input, message_id: await insertMessage(other) }),
	).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'message_id' }] });
	await expect(
		submitReview(anna, id, { ...input, reasons: ['too_pushy', 'too_pushy'] }),
	).rejects.toMatchObject({ code: 'invalid' });
	await submitReview(anna, id, { ...input, message_id });
	const { items } = await listReviewItems(anna, { qa_status: 'issue' });
	expect(items).toMatchObject([
		{ review: { message_id, reasons: ['too_pushy'], reviewer: 'Anna' } },
	]);
	expect(published.find(({ name }) => name === 'review.submitted')?.payload).toMatchObject({
		session_id: id,
		review: { message_id, reasons: ['too_pushy'], notes: 'No', reviewer: 'Anna' },
	});
});
