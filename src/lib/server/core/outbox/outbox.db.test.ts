import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { mails } from '../db/schema/index.ts';
import { drainOutbox } from './drain.ts';
import {
	type AttemptResult,
	claimSchema,
	type Claim,
	claimRows,
	isDue,
	LEASE_MS,
	type Outbox,
} from './outbox.ts';
import { settleClaim } from './settle.ts';

const t = useTestApp();
const PAUSE_MS = 10_000;
const JITTER = 0.2;

/** Creates an outbox for the table `mails` whose calls return these results in order, then `sent`. */
function createOutbox(...results: AttemptResult['result'][]) {
	const settled: (string | undefined)[] = [];
	const outbox: Outbox<Claim, AttemptResult> = {
		table: 'mails',
		concurrency: 4,
		retries: { pausesMs: [PAUSE_MS], jitter: JITTER, maxRetryAfterMs: 60_000 },
		claim: (ctx, { limit, inFlight }) =>
			claimRows(ctx, 'mails', {
				due: sql`select id from mails where ${isDue(ctx, inFlight)} order by id limit ${limit} for update skip locked`,
				columns: sql`subject`,
				schema: claimSchema.extend({ subject: z.string() }),
			}),
		send: async () => {
			const result = results.shift() ?? 'sent';
			return { result, error: result === 'sent' ? null : 'refused' };
		},
		afterSettle: async (_tx, _claim, _attempt, status) => void settled.push(status),
	};
	return { outbox, settled };
}

async function queueRow(): Promise<number> {
	await t.app.db.delete(mails);
	const [row] = await t.app.db
		.insert(mails)
		.values({
			template: 'test',
			to: 'ada@example.com',
			subject: 'Test',
			html: '',
			text: '',
			dedupe_key: randomUUID(),
			idempotency_key: randomUUID(),
			status: 'pending',
			next_attempt_at: t.app.clock(),
		})
		.returning({ id: mails.id });
	if (!row) throw new Error('no row');
	return row.id;
}
const find = async (id: number) => (await t.app.db.select().from(mails).where(eq(mails.id, id)))[0];
const drain = (outbox: Outbox<Claim, AttemptResult>) => drainOutbox(t.ctx(), outbox);
const claimOne = async (outbox: Outbox<Claim, AttemptResult>) => {
	const [claimed] = await outbox.claim(t.ctx(), { limit: 1, inFlight: [], round: 0 });
	if (!claimed) throw new Error('nothing is due');
	return claimed;
};

describe('an outbox row', () => {
	it('is retried on schedule, with jitter, and fails when the schedule is exhausted', async () => {
		const id = await queueRow();
		const { outbox, settled } = createOutbox('retry', 'retry');
		const before = t.app.clock().getTime();
		await drain(outbox);
		const pause = Number((await find(id))?.next_attempt_at) - before;
		expect(pause).toBeGreaterThanOrEqual(PAUSE_MS * (1 - JITTER));
		expect(await drain(outbox)).toBe(0);
		t.advance(PAUSE_MS * (1 + JITTER));
		await drain(outbox);
		expect(await find(id)).toMatchObject({ status: 'failed', next_attempt_at: null });
		expect(settled).toEqual(['pending', 'failed']);
	});

	it('is not retried if it is permanently rejected', async () => {
		const id = await queueRow();
		expect(await drain(createOutbox('failed').outbox)).toBe(1);
		expect(await find(id)).toMatchObject({ status: 'failed', attempt_count: 1 });
	});

	it('is due again immediately after a release, and keeps its place in the schedule', async () => {
		const id = await queueRow();
		expect(await drain(createOutbox('released').outbox)).toBe(2);
		expect(await find(id)).toMatchObject({ status: 'sent', attempt_count: 2, schedule_step: 0 });
	});

	it('belongs to one claim until its lease expires', async () => {
		await queueRow();
		const { outbox } = createOutbox();
		await claimOne(outbox);
		expect(await drain(outbox)).toBe(0);
		t.advance(LEASE_MS);
		expect(await drain(outbox)).toBe(1);
	});
});

describe('a result that is stored twice', () => {
	it('counts one failure, as after a commit whose response was lost', async () => {
		const id = await queueRow();
		const { outbox, settled } = createOutbox();
		const claimed = await claimOne(outbox);
		const failure: AttemptResult = { result: 'retry', error: 'refused' };
		for (let time = 0; time < 2; time++) await settleClaim(t.ctx(), outbox, claimed, failure);
		expect(await find(id)).toMatchObject({ status: 'pending', schedule_step: 1 });
		expect(settled).toEqual(['pending', undefined]);
	});
});

describe('an expired claim', () => {
	it('has no effect unless it succeeded', async () => {
		const id = await queueRow();
		const { outbox } = createOutbox();
		const first = await claimOne(outbox);
		t.advance(LEASE_MS);
		await claimOne(outbox);
		await settleClaim(t.ctx(), outbox, first, { result: 'failed', error: 'refused' });
		expect(await find(id)).toMatchObject({ status: 'pending', attempt_count: 2 });
		await settleClaim(t.ctx(), outbox, first, { result: 'sent', error: null });
		expect(await find(id)).toMatchObject({ status: 'sent', claimed_until: null });
	});
});

it('an outbox reports its attempts and its last success', async () => {
	await queueRow();
	await drain(createOutbox().outbox);
	const text = await t.app.metrics.registry.metrics();
	expect(text).toMatch(/frontdesk_outbox_attempts_total\{outbox="mails",result="sent"\} [1-9]/);
	expect(text).toMatch(/frontdesk_outbox_last_success_timestamp_seconds\{outbox="mails"\} [1-9]/);
});
