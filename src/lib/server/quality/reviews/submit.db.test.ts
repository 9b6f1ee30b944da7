import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { qaStatus, type QaStatus } from '#lib/contract/common.ts';
import type { ReviewInput } from '#lib/contract/review.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';
import { listReviews, submitReview } from './index.ts';

const t = useTestApp();
const published: AppEvent[] = [];
let agent: Ctx;
let admin: Ctx;

beforeAll(async () => {
	agent = await createUserCtx(t, { name: 'Ada' });
	admin = await createUserCtx(t, { name: 'Grace', role: 'admin' });
	// Excludes the events of the audit log and of mail.
	t.app.events.onPublished((event) => !/^(audit|mail)\./.test(event.name) && published.push(event));
});

async function createSession(qa_status: QaStatus): Promise<string> {
	const { session } = await startSession(t.ctx(), { site: 'default' });
	await t.app.db.update(chat_sessions).set({ qa_status }).where(eq(chat_sessions.id, session.id));
	return session.session_id;
}
const getReviewStatus = async (id: string) => (await getSession(t.ctx(), id)).qa_status;
const explanation = { notes: 'asked twice', developer_feedback: 'asks once now' };

async function countLockWaits(): Promise<number> {
	const { rows } = await t.app.db.execute<{ count: number }>(
		sql`select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
	);
	return rows[0]?.count ?? 0;
}

const AGENT_MOVES = [
	'unchecked passed',
	'unchecked issue',
	'passed issue',
	'issue fixed',
	'fixed passed',
	'fixed issue',
];
const MOVES = qaStatus.options.flatMap((from) => qaStatus.options.map((to) => [from, to] as const));

describe('a review', () => {
	it.each(MOVES)('can go from %s to %s only as the workflow allows', async (from, to) => {
		const id = await createSession(from);
		const isReset = to === 'unchecked' && from !== 'unchecked';
		const move = (ctx: Ctx) => submitReview(ctx, id, { qa_status: to, ...explanation });
		if (AGENT_MOVES.includes(`${from} ${to}`)) {
			expect(await move(agent)).toMatchObject({ session_id: id, qa_status: to });
			return;
		}
		const code = isReset ? 'forbidden' : 'conflict';
		await expect(move(agent)).rejects.toMatchObject({ code });
		expect(await getReviewStatus(id)).toBe(from);
		expect(await listReviews(agent, id)).toEqual([]);
		if (isReset) expect(await move(admin)).toMatchObject({ qa_status: 'unchecked' });
		else await expect(move(admin)).rejects.toMatchObject({ code: 'conflict' });
	});

	it('names the possible moves when one is rejected', async () => {
		const result = submitReview(agent, await createSession('unchecked'), { qa_status: 'fixed' });
		await expect(result).rejects.toMatchObject({
			code: 'conflict',
			message: expect.stringContaining('passed or issue') as string,
		});
	});

	it.each<[QaStatus, ReviewInput, string]>([
		['unchecked', { qa_status: 'issue' }, 'notes'],
		['passed', { qa_status: 'issue', notes: ' \n ' }, 'notes'],
		['fixed', { qa_status: 'issue', developer_feedback: 'x' }, 'notes'],
		['issue', { qa_status: 'fixed', notes: 'x' }, 'developer_feedback'],
	])('from %s as %j requires %s', async (from, input, path) => {
		const id = await createSession(from);
		await expect(submitReview(agent, id, input)).rejects.toMatchObject({
			code: 'invalid',
			errors: [{ path }],
		});
		expect(await getReviewStatus(id)).toBe(from);
	});

	it('is stored in the history with reviewer, reason and time, and published', async () => {
		const id = await createSession('unchecked');
		published.length = 0;
		await submitReview(agent, id, { qa_status: 'issue', notes: ' asked twice ' });
		const session = await submitReview(admin, id, {
			qa_status: 'fixed',
			developer_feedback: 'asks once',
		});
		const history = await listReviews(agent, id);
		expect(history).toMatchObject([
			{
				from_status: 'unchecked',
				qa_status: 'issue',
				notes: 'asked twice',
				developer_feedback: null,
				reviewer: 'Ada',
			},
			{
				from_status: 'issue',
				qa_status: 'fixed',
				notes: null,
				developer_feedback: 'asks once',
				reviewer: 'Grace',
			},
		]);
		expect(published.map((event) => event.name)).toEqual([
			'review.submitted',
			'session.updated',
			'review.submitted',
			'session.updated',
		]);
		expect(published[2]?.payload).toEqual({ session_id: id, review: history[1] });
		expect(published[3]?.payload).toEqual({ session });
	});

	it('counts once when several are submitted concurrently', async () => {
		const id = await createSession('unchecked');
		const moves: Promise<unknown>[] = [];
		await t.app.db.transaction(async (tx) => {
			await tx.select().from(chat_sessions).where(eq(chat_sessions.public_id, id)).for('update');
			for (let i = 0; i < 3; i++) moves.push(submitReview(agent, id, { qa_status: 'passed' }));
			// All of them have read the state before any can change it.
			await vi.waitUntil(async () => (await countLockWaits()) === moves.length);
		});
		const results = await Promise.allSettled(moves);
		expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
		for (const result of results) {
			if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
		}
		expect(await listReviews(agent, id)).toHaveLength(1);
	});

	it('requires permission to write, and a reset requires an admin', async () => {
		const id = await createSession('unchecked');
		const key = (...scopes: ('sessions:read' | 'sessions:write' | 'admin')[]) =>
			t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes });
		const passed = { qa_status: 'passed' as const };
		await expect(submitReview(t.ctx({ type: 'anonymous' }), id, passed)).rejects.toMatchObject({
			code: 'unauthorized',
		});
		await expect(submitReview(key('sessions:read'), id, passed)).rejects.toMatchObject({
			code: 'forbidden',
		});
		await submitReview(key('sessions:write'), id, passed);
		const reset = { qa_status: 'unchecked' as const };
		await expect(submitReview(key('sessions:write'), id, reset)).rejects.toMatchObject({
			code: 'forbidden',
		});
		await submitReview(key('admin'), id, reset);
		expect((await listReviews(key('sessions:read'), id)).map((review) => review.reviewer)).toEqual([
			'n8n',
			'n8n',
		]);
	});

	it('throws not_found for an unknown chat session', async () => {
		const result = submitReview(agent, 'session_nobody', { qa_status: 'passed' });
		await expect(result).rejects.toMatchObject({ code: 'not_found' });
		await expect(listReviews(agent, 'session_nobody')).rejects.toMatchObject({ code: 'not_found' });
	});
});
