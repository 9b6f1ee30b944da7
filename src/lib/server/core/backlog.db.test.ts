import { sql } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createDelivery } from '../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { sendVisitorMessage } from '../conversations/messages/index.ts';
import { startSession } from '../conversations/sessions/index.ts';

const t = useTestApp();

/** Scrapes the metrics and returns Frontdesk's gauges by name, including labels. */
async function scrape(): Promise<Map<string, number>> {
	// Two scrapes in quick succession may share one reading.
	const now = performance.now();
	const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 10_000 * ++scrapes);
	const text = await t.app.metrics.registry.metrics();
	clock.mockRestore();
	return new Map(
		text
			.split('\n')
			.filter((line) => line.startsWith('frontdesk_'))
			.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
	);
}
let scrapes = 0;

it('a scrape reports the pending work and its age', async () => {
	const idle = await scrape();
	expect(idle.get('frontdesk_oldest_unanswered_message_age_seconds')).toBe(0);
	expect(idle.get('frontdesk_deliveries_pending')).toBe(0);

	const { session } = await startSession(t.ctx(), { site: 'default' }, { wants_greeting: false });
	const ids = { chat_session_id: session.id, session_id: session.session_id };
	for (const message of ['one', 'two']) await sendVisitorMessage(t.ctx(), { ...ids, message });
	await t.app.db.execute(
		sql`update messages set created_at = now() - interval '1 hour' where message = 'two'`,
	);
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: 'http://127.0.0.1:9/',
		events: ['lead.completed'],
	});
	const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
	await createDelivery(t.ctx(), endpoint, {
		created_at: hoursAgo(2),
		next_attempt_at: hoursAgo(1),
	});
	await createDelivery(t.ctx(), endpoint, { next_attempt_at: hoursAgo(-1) });

	const busy = await scrape();
	expect(busy.get('frontdesk_turns_queued{site="default"}')).toBe(1);
	expect(busy.get('frontdesk_deliveries_pending')).toBe(2);
	expect(busy.get('frontdesk_oldest_pending_delivery_age_seconds')).toBeGreaterThan(7_000);
	expect(busy.get('frontdesk_delivery_delay_seconds')).toBeGreaterThan(3_500);
	expect(busy.get('frontdesk_delivery_delay_seconds')).toBeLessThan(7_000);
	expect(busy.get('frontdesk_mails_pending')).toBe(0);
	const getOutboxGauge = (name: string, outbox = 'deliveries') =>
		busy.get(`frontdesk_outbox_${name}{outbox="${outbox}"}`);
	expect(getOutboxGauge('pending')).toBe(2);
	expect(getOutboxGauge('oldest_pending_age_seconds')).toBeGreaterThan(7_000);
	expect(getOutboxGauge('delay_seconds')).toBeGreaterThan(3_500);
	for (const outbox of ['mails', 'messenger_sends'])
		expect(getOutboxGauge('pending', outbox)).toBe(0);

	// With the first message answered, the second, backdated one is the oldest.
	await t.app.db.execute(sql`update chat_sessions set answered_through_id =
		(select id from messages where message = 'one') where id = ${session.id}`);
	const later = await scrape();
	expect(later.get('frontdesk_oldest_unanswered_message_age_seconds')).toBeGreaterThan(3_500);
});

it('a scrape omits these gauges while the database is unavailable', async () => {
	const failing = vi
		.spyOn(t.app.db, 'execute')
		.mockRejectedValue(new Error('the database is unavailable'));
	const found = await scrape();
	failing.mockRestore();
	expect(found.has('frontdesk_deliveries_pending')).toBe(false);
	expect((await scrape()).get('frontdesk_deliveries_pending')).toBe(2);
});
