import { randomUUID } from 'node:crypto';
import type { Mail } from '#lib/contract/mail.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { queueMail } from './queue.ts';

/** Writes a test mail to the admin who asks. Throws Conflict for a program, which has no address. */
export async function sendTestMail(ctx: Ctx): Promise<Mail> {
	requireAdmin(ctx);
	const { actor } = ctx;
	if (actor.type !== 'user') throw conflict('only a person can be sent a test mail');
	return inTransaction(ctx, async (tx) => {
		const [mail] = await queueMail(tx, {
			template: 'test',
			data: { asked_by: actor.name },
			to: actor.email,
			dedupe_key: `test:${randomUUID()}`,
		});
		if (!mail) throw new Error('a test mail was not queued');
		await audit(tx, {
			action: 'mail.tested',
			target: { type: 'mail', id: mail.id, name: mail.to },
		});
		return mail;
	});
}
