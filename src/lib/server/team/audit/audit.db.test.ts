import { expect, it } from 'vitest';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { audit } from './unchecked.ts';

const t = useTestApp();

it('records who did what to which target', async () => {
	const user = await createUser(t.app);
	await audit(t.ctx(toActor(user)), {
		action: 'site.updated',
		target: { type: 'site', id: 7, name: 'Hartmann Roofing' },
		detail: { changed: ['look'] },
	});
	expect(await t.app.db.select().from(audit_entries)).toMatchObject([
		{
			action: 'site.updated',
			actor_type: 'user',
			user_id: user.id,
			actor_name: user.name,
			target_id: '7',
			detail: { changed: ['look'] },
		},
	]);
});

it('records nothing for a rolled-back transaction', async () => {
	const before = await t.app.db.$count(audit_entries);
	const undone = inTransaction(t.ctx(), async (tx) => {
		await audit(tx, { action: 'sync.run' });
		throw new Error('undone');
	});
	await expect(undone).rejects.toThrow('undone');
	expect(await t.app.db.$count(audit_entries)).toBe(before);
});
