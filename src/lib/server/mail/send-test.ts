import { randomUUID } from 'node:crypto';
import type { Mail } from '$lib/contract/mail';
import { audit } from '../audit';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { inTransaction } from '../db/transaction';
import { conflict } from '../errors';
import { queueMail } from './queue';

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
