import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { inTransaction, record } from './transaction.ts';

const t = useTestApp();

it('retries after a deadlock, and publishes each event once', async () => {
	const [one, two] = [await createSite(t.app), await createSite(t.app)];
	let waiting = 2;
	const bothHoldLocks = Promise.withResolvers<void>();
	const published: string[] = [];
	const stop = t.app.events.onPublished(({ name, payload }) => {
		if (name === 'session.deleted') published.push(payload.session_id);
	});
	const rename = (first: number, second: number) =>
		inTransaction(t.ctx(), async (tx) => {
			await tx.db.execute(sql`update sites set name = name || '+' where id = ${first}`);
			if (--waiting === 0) bothHoldLocks.resolve();
			await bothHoldLocks.promise;
			await record(tx, 'session.deleted', { session_id: `session_${first}` });
			await tx.db.execute(sql`update sites set name = name || '+' where id = ${second}`);
		});
	await Promise.all([rename(one.id, two.id), rename(two.id, one.id)]);
	stop();
	expect(published.sort()).toEqual([`session_${one.id}`, `session_${two.id}`].sort());
	const { rows } = await t.app.db.execute(
		sql`select name from sites where id in (${one.id}, ${two.id})`,
	);
	expect(rows.every(({ name }) => String(name).endsWith('++'))).toBe(true);
});

it('waits for a lock in several attempts', async () => {
	const { id } = await createSite(t.app);
	const isLocked = Promise.withResolvers<void>();
	const isRefused = Promise.withResolvers<void>();
	const holder = t.app.db.transaction(async (tx) => {
		await tx.execute(sql`select from sites where id = ${id} for update`);
		isLocked.resolve();
		await isRefused.promise;
	});
	await isLocked.promise;
	let attempts = 0;
	await inTransaction(t.ctx(), async (tx) => {
		attempts += 1;
		if (attempts === 2) {
			isRefused.resolve();
			await holder;
		}
		await tx.db.execute(sql`set local lock_timeout = '50ms'`);
		await tx.db.execute(sql`update sites set name = 'new' where id = ${id}`);
	});
	expect(attempts).toBe(2);
});

it('throws any other error without a retry', async () => {
	let runs = 0;
	const work = inTransaction(t.ctx(), () => {
		runs += 1;
		return Promise.reject(new Error('no'));
	});
	await expect(work).rejects.toThrow('no');
	expect(runs).toBe(1);
});
