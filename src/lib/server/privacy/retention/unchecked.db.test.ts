import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import {
	deleted_sessions,
	delivery_attempts,
	invitations,
	rate_limits,
	user_tokens,
} from '#lib/server/core/db/schema/index.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { createEndpoint, replayDelivery } from '#lib/server/delivery/webhooks/index.ts';
import { deleteExpired, RETENTION_DAYS } from './unchecked.ts';

const t = useTestApp();
const DAY = 86_400_000;

/** Creates one row of each kind of data that expires. */
async function createExpiringData() {
	const ctx = t.ctx();
	const now = t.app.clock();
	const token_hash = randomUUID();
	await ctx.db.insert(user_tokens).values({ token_hash, purpose: 'setup', expires_at: now });
	await ctx.db.insert(rate_limits).values({ key: token_hash, points: 1, expire: now.getTime() });
	await ctx.db.insert(deleted_sessions).values({ id_hash: token_hash, deleted_at: now });
	const email = `${randomUUID()}@example.com`;
	await ctx.db
		.insert(invitations)
		.values({ email, role: 'agent', token_hash, invited_by: 'Ada', expires_at: now });
	const data = { name: 'Ada', minutes: 60 };
	const one_time_link = 'https://example.com/reset';
	await queueMail(ctx, {
		template: 'password_reset',
		data,
		to: email,
		dedupe_key: email,
		one_time_link,
	});
	const endpoint = await createEndpoint(ctx, {
		site: 'default',
		url: 'https://example.com/hook',
		events: ['lead.completed'],
	});
	const sent = await createDelivery(ctx, endpoint, { status: 'delivered', next_attempt_at: null });
	const due = await createDelivery(ctx, endpoint);
	for (const { id } of [sent, due]) {
		await ctx.db.insert(delivery_attempts).values({
			delivery_id: id,
			number: 1,
			started_at: now,
			duration_ms: 5,
			response: 'thanks, Ada',
		});
	}
	await recordError(ctx, { workflow: randomUUID(), message: 'refused' });
	const chat = await createChat(ctx);
	await createChat(ctx, { channel: 'test' });
	// An id chosen by another system, whose hash isn't stored on deletion.
	await ctx.db.execute(
		sql`update chat_sessions set public_id = 'session_test' where channel = 'test'`,
	);
	await ctx.db.execute(sql`
		insert into messenger_sends (chat_session_id, message_id, metadata, text, next_attempt_at, status, created_at)
		select ${chat.id}::bigint, 1, gen_random_uuid(), 'Hello', now(), state, ${now.toISOString()}::timestamptz
		from unnest(array['sent', 'pending']) state`);
	const other = await createChat(ctx);
	await ctx.db.execute(sql`
		insert into judge_calls (chat_session_id, through_message_id, status, created_at)
		values (${chat.id}, 1, 'sent', ${now.toISOString()}), (${other.id}, 1, 'pending', ${now.toISOString()})`);
	const user = await createUser(t.app);
	await ctx.db.execute(sql`
		with device as (
			insert into push_subscriptions (user_id, auth_session_id, endpoint, sealed_keys)
			values (${user.id}, '', ${`https://example.com/${token_hash}`}, '') returning id
		)
		insert into push_messages (subscription_id, dedupe_key, payload, urgency, expires_at, status, created_at)
		select id, state, '{}', 'normal', now(), state, ${now.toISOString()}::timestamptz
		from device, unnest(array['sent', 'pending']) state`);
	await ctx.db.execute(sql`
		insert into alerts (kind, site_id, dedupe_key, detail, expires_at, created_at)
		select 'ai_failing', id, ${token_hash}, '{}', now(), ${now.toISOString()}::timestamptz from sites`);
	await ctx.db.execute(sql`
		with suite as (
			insert into suites (site_id, name) select id, 'Regression' from sites returning id, site_id
		)
		insert into suite_runs (suite_id, site_id, connector, trigger, started_by, total, status, created_at, finished_at)
		select id, site_id, '{"type":"scripted"}', 'user', 'Ada', 1, state, ${now.toISOString()}::timestamptz,
			case state when 'passed' then now() end
		from suite, unnest(array['passed', 'running']) state`);
	await ctx.db.execute(sql`
		insert into retired_connectors (site_id, connector, retired_at)
		select id, '{"type": "scripted"}', ${now.toISOString()}::timestamptz from sites`);
	return { sent, due };
}

it('deletes each kind of data once when its retention period ends, and not before', async () => {
	const { sent, due } = await createExpiringData();
	// Advances to a minute before and after the end of each retention period.
	const days = [...new Set(Object.values(RETENTION_DAYS))].sort((a, b) => a - b);
	let passed = 0;
	expect(await deleteExpired(t.ctx())).toEqual({});
	for (const day of days) {
		t.advance((day - passed) * DAY - 60_000);
		expect(await deleteExpired(t.ctx())).toEqual({});
		t.advance(120_000);
		passed = day;
		const names = Object.entries(RETENTION_DAYS).filter(([, period]) => period === day);
		expect(await deleteExpired(t.ctx())).toEqual(
			Object.fromEntries(names.map(([name]) => [name, 1])),
		);
		expect(await deleteExpired(t.ctx())).toEqual({});
		t.advance(-60_000);
	}
	const { rows } = await t.app.db.execute(sql`
		select (select json_agg(body = '' order by id) from deliveries) as are_empty,
			(select json_agg(delivery_id) from delivery_attempts) as attempts_of,
			(select json_agg(status) from messenger_sends) as sends,
			(select json_agg(channel) from chat_sessions) as chats`);
	expect(rows).toEqual([
		{ are_empty: [true, false], attempts_of: [due.id], sends: ['pending'], chats: ['web', 'web'] },
	]);
	await expect(replayDelivery(t.ctx(), sent.id)).rejects.toMatchObject({ code: 'conflict' });
});

it('deletes all expired rows when two processes run concurrently', async () => {
	await t.app.db.execute(sql`
		insert into audit_entries (action, actor_type, actor_name, created_at)
		select 'settings.updated', 'system', 'Frontdesk', now() - interval '10 years' from generate_series(1, 1300)`);
	const runs = [...(await Promise.all([deleteExpired(t.ctx()), deleteExpired(t.ctx())]))];
	runs.push(await deleteExpired(t.ctx()));
	expect(runs.reduce((sum, { audit_entries = 0 }) => sum + audit_entries, 0)).toBe(1300);
});
