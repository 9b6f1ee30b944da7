import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { listReviews } from '#lib/server/quality/reviews/index.ts';
import { getSession } from '../sessions/index.ts';
import { changeSessions } from './index.ts';

const t = useTestApp();

const createChats = async (count: number) => {
	const ids: string[] = [];
	for (let index = 0; index < count; index += 1) ids.push((await createChat(t.ctx())).session_id);
	return ids;
};

it('archives, restores and assigns several chats, and publishes each change', async () => {
	const user = await createUser(t.app);
	const ctx = t.ctx(toActor(user));
	const session_ids = await createChats(6);
	const published: string[] = [];
	const stop = t.app.events.onPublished(({ name, payload }) => {
		if (name === 'session.updated') published.push(payload.session.session_id);
	});
	const archived = await changeSessions(ctx, { act: 'archive', session_ids });
	stop();
	expect(archived.refused).toEqual([]);
	expect(archived.done.sort()).toEqual([...session_ids].sort());
	expect(published.sort()).toEqual([...session_ids].sort());
	await changeSessions(ctx, { act: 'restore', session_ids });
	await changeSessions(ctx, { act: 'assign', session_ids, assignee: user.id });
	for (const id of session_ids) {
		expect(await getSession(ctx, id)).toMatchObject({
			archive_status: 'active',
			assignee: { id: user.id },
		});
	}
});

it('reports rejected chats with their reasons, and still changes the others', async () => {
	const [first = '', second = ''] = await createChats(2);
	const fixed = { act: 'review', qa_status: 'passed' } as const;
	await changeSessions(t.ctx(), { ...fixed, session_ids: [first] });
	const result = await changeSessions(t.ctx(), {
		...fixed,
		session_ids: [first, 'session_nowhere', second, second],
	});
	expect(result.done).toEqual([second]);
	expect(result.refused).toMatchObject([
		{ session_id: first, code: 'conflict', message: expect.stringMatching(/passed/) as unknown },
		{ session_id: 'session_nowhere', code: 'not_found' },
	]);
	const issue = await changeSessions(t.ctx(), {
		act: 'review',
		qa_status: 'issue',
		session_ids: [first],
	});
	expect(issue.refused).toMatchObject([{ code: 'invalid', message: 'notes: say what is wrong' }]);
});

it('raises an issue for each chat with the reasons and notes', async () => {
	const session_ids = await createChats(2);
	const review = {
		reasons: ['too_pushy', 'asked_twice'],
		notes: 'Asks for the name again',
	} as const;
	const { done } = await changeSessions(t.ctx(), {
		act: 'review',
		qa_status: 'issue',
		...review,
		reasons: [...review.reasons],
		session_ids,
	});
	expect(done).toEqual(session_ids);
	for (const id of session_ids) {
		expect(await listReviews(t.ctx(), id)).toMatchObject([{ qa_status: 'issue', ...review }]);
	}
});

it('requires an admin to delete several chats', async () => {
	const session_ids = await createChats(2);
	const agent = await createUserCtx(t);
	const admin = await createUserCtx(t, { role: 'admin' });
	await expect(changeSessions(agent, { act: 'delete', session_ids })).rejects.toMatchObject({
		code: 'forbidden',
	});
	await getSession(agent, session_ids[0] ?? '');
	expect((await changeSessions(admin, { act: 'delete', session_ids })).done).toHaveLength(2);
	await expect(getSession(agent, session_ids[0] ?? '')).rejects.toMatchObject({
		code: 'not_found',
	});
});

it('requires permission, and limits the number of chats', async () => {
	const [id = ''] = await createChats(1);
	for (const actor of [{ type: 'anonymous' }, { type: 'visitor', session_id: id }] as const) {
		await expect(
			changeSessions(t.ctx(actor), { act: 'archive', session_ids: [id] }),
		).rejects.toMatchObject({ code: 'unauthorized' });
	}
	for (const session_ids of [[], Array.from({ length: 501 }, (_, at) => String(at + 1)), ['x y']]) {
		await expect(changeSessions(t.ctx(), { act: 'archive', session_ids })).rejects.toMatchObject({
			code: 'invalid',
		});
	}
});
