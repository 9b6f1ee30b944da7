import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, mails, users } from '#lib/server/core/db/schema/index.ts';
import { getMidnight } from './daily-summaries.ts';
import { queueDailySummaries } from './unchecked.ts';

const t = useTestApp();
const createCtx = (iso: string): Ctx => ({
	...t.ctx(),
	app: { ...t.app, clock: () => new Date(iso) },
});

beforeEach(async () => {
	await t.app.db.delete(mails);
	await t.app.db.delete(users);
});

async function createSubscriber(time_zone: string | null) {
	const user = await createUser(t.app);
	await t.app.db
		.update(users)
		.set({ time_zone, wants_daily_summary: true })
		.where(eq(users.id, user.id));
	return user;
}

describe('a daily summary', () => {
	it('is sent once, at eight in the user’s time zone', async () => {
		const { email } = await createSubscriber('America/New_York');
		expect(await queueDailySummaries(createCtx('2026-11-23T12:59:00Z'))).toBe(0);
		const morning = createCtx('2026-11-23T13:01:00Z');
		const [first, second] = await Promise.all([
			queueDailySummaries(morning),
			queueDailySummaries(morning),
		]);
		expect(first + second).toBe(1);
		expect(await queueDailySummaries(createCtx('2026-11-23T15:00:00Z'))).toBe(0);
		expect(await t.app.db.select().from(mails)).toMatchObject([
			{ to: email, subject: 'Frontdesk on Sunday, 22 November 2026' },
		]);
		expect(await queueDailySummaries(createCtx('2026-11-24T13:01:00Z'))).toBe(1);
	});

	it('is not queued in the afternoon, or for users who opted out or are disabled', async () => {
		const disabled = await createSubscriber('UTC');
		await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, disabled.id));
		await createUser(t.app);
		expect(await queueDailySummaries(createCtx('2026-11-23T09:00:00Z'))).toBe(0);
		await createSubscriber('UTC');
		expect(await queueDailySummaries(createCtx('2026-11-23T14:00:00Z'))).toBe(0);
	});

	it('counts yesterday’s chats in the user’s time zone, without test chats', async () => {
		await createSubscriber('America/New_York');
		const chats = [
			['2026-11-22T04:59:00Z', 'web'],
			['2026-11-22T05:01:00Z', 'web'],
			['2026-11-23T04:59:00Z', 'web'],
			['2026-11-23T05:01:00Z', 'web'],
			['2026-11-22T12:00:00Z', 'test'],
		] as const;
		for (const [created, channel] of chats) {
			const { id } = await createChat(t.ctx(), { channel, lead: { name: 'Maya' } });
			const then = new Date(created);
			await t.app.db
				.update(chat_sessions)
				.set({ created_at: then, last_activity_at: then })
				.where(eq(chat_sessions.id, id));
		}
		await queueDailySummaries(createCtx('2026-11-23T13:01:00Z'));
		const [mail] = await t.app.db.select().from(mails);
		expect(mail?.text).toContain('Chats: 2\n');
		expect(mail?.text).toContain('Leads: 2\n');
	});
});

describe('getMidnight', () => {
	it.each([
		['UTC', '2026-11-23T13:00:00.123Z', '2026-11-23T00:00:00.000Z'],
		['America/New_York', '2026-03-08T20:00:00Z', '2026-03-08T05:00:00.000Z'],
		['America/New_York', '2026-11-01T20:00:00Z', '2026-11-01T04:00:00.000Z'],
		['Asia/Kathmandu', '2026-11-23T13:00:00Z', '2026-11-22T18:15:00.000Z'],
		['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z'],
	])('in %s at %s returns %s', (zone, now, start) => {
		expect(getMidnight(zone, new Date(now)).toISOString()).toBe(start);
	});
});
