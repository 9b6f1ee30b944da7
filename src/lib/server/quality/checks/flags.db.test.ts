import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createFlag } from '../../../../../tests/factories/flag.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { QaStatus } from '#lib/contract/common.ts';
import { getTranscript, listActivity } from '#lib/server/conversations/transcripts/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { submitReview } from '../reviews/index.ts';
import { updateFlag } from './index.ts';

const t = useTestApp();
const published: AppEvent[] = [];
let admin: Ctx;

beforeAll(async () => {
	admin = await createUserCtx(t, { name: 'Grace', role: 'admin' });
	t.app.events.onPublished((event) => published.push(event));
});
beforeEach(() => void published.splice(0));

const createChatWithFlags = async (...rules: string[]) => {
	const { id, session_id } = await createChat(t.ctx(), { messages: ['Hello', 'Again'] });
	const flags = [];
	for (const rule of rules) flags.push(await createFlag(t.app, id, { rule }));
	return { id, session_id, flags };
};
const getFlags = async (id: string) => (await getTranscript(admin, id)).flags;
const isFlagged = async (id: number) =>
	(await t.app.db.select().from(chat_sessions).where(eq(chat_sessions.id, id)))[0]?.is_flagged;

describe('dismissing a flag', () => {
	it('rejects it, is published, and unflags the chat with its last flag', async () => {
		const { id, session_id, flags } = await createChatWithFlags('asked_known', 'answer_empty');
		const [first, second] = flags.map((flag) => flag.id);
		const after = await updateFlag(admin, session_id, first ?? 0, { dismissed: true });
		expect(after).toMatchObject([
			{ verdict: 'rejected', dismissed: { by: 'Grace' } },
			{ dismissed: null },
		]);
		expect(await isFlagged(id)).toBe(true);
		expect(published).toContainEqual({
			name: 'flag.dismissed',
			payload: { session_id, flags: after },
		});
		await updateFlag(admin, session_id, second ?? 0, { dismissed: true });
		expect(await isFlagged(id)).toBe(false);
		const [entry] = (await listActivity(admin, session_id)).items;
		expect(entry).toMatchObject({
			action: 'flag.dismissed',
			detail: { rule: 'Empty answer' },
		});
	});

	it('can be undone, and is idempotent', async () => {
		const { id, session_id, flags } = await createChatWithFlags('asked_known');
		const flagId = flags[0]?.id ?? 0;
		await updateFlag(admin, session_id, flagId, { dismissed: false });
		await updateFlag(admin, session_id, flagId, { dismissed: true });
		await updateFlag(admin, session_id, flagId, { dismissed: true });
		expect(published.filter(({ name }) => name === 'flag.dismissed')).toHaveLength(1);
		const after = await updateFlag(admin, session_id, flagId, { dismissed: false });
		expect(after).toMatchObject([{ verdict: null, dismissed: null }]);
		expect(await isFlagged(id)).toBe(true);
		expect(published.at(-2)?.name).toBe('audit.added');
		expect(published.at(-1)?.name).toBe('flag.restored');
	});

	it('is refused for a flag of another chat, and for visitors', async () => {
		const { flags } = await createChatWithFlags('asked_known');
		const { session_id } = await createChatWithFlags();
		const flagId = flags[0]?.id ?? 0;
		await expect(updateFlag(admin, session_id, flagId, { dismissed: true })).rejects.toThrow(
			/flag was not found/,
		);
		const visitor = t.ctx({ type: 'visitor', session_id });
		await expect(updateFlag(visitor, session_id, flagId, { dismissed: true })).rejects.toThrow();
	});
});

describe('a review', () => {
	const REASONS: Partial<Record<QaStatus, object>> = {
		issue: { notes: 'Asked twice' },
		fixed: { developer_feedback: 'Changed the prompt' },
	};
	const review = (id: string, qa_status: QaStatus) =>
		submitReview(admin, id, { qa_status, ...REASONS[qa_status] });

	it.each<[QaStatus[], string | null]>([
		[['issue'], 'confirmed'],
		[['passed'], 'rejected'],
		[['issue', 'fixed', 'passed'], 'confirmed'],
		[['passed', 'issue'], 'confirmed'],
		[['passed', 'unchecked'], null],
		[['issue', 'unchecked', 'passed'], 'rejected'],
	])('%j makes the verdict of a flag %j', async (steps, verdict) => {
		const { session_id } = await createChatWithFlags('asked_known');
		for (const status of steps) await review(session_id, status);
		expect(await getFlags(session_id)).toMatchObject([{ verdict }]);
	});

	it('leaves dismissed flags rejected, and determines the verdict of a restored one', async () => {
		const { session_id, flags } = await createChatWithFlags('asked_known', 'answer_empty');
		const flagId = flags[0]?.id ?? 0;
		await updateFlag(admin, session_id, flagId, { dismissed: true });
		await review(session_id, 'issue');
		expect((await getFlags(session_id)).map(({ verdict }) => verdict)).toEqual([
			'rejected',
			'confirmed',
		]);
		await updateFlag(admin, session_id, flagId, { dismissed: false });
		expect((await getFlags(session_id)).map(({ verdict }) => verdict)).toEqual([
			'confirmed',
			'confirmed',
		]);
	});

	it('does not affect flags that are raised after it', async () => {
		const { id, session_id } = await createChatWithFlags();
		await review(session_id, 'issue');
		t.advance(1000);
		const flag = await createFlag(t.app, id);
		await updateFlag(admin, session_id, flag.id, { dismissed: true });
		expect(await updateFlag(admin, session_id, flag.id, { dismissed: false })).toMatchObject([
			{ verdict: null },
		]);
	});
});
