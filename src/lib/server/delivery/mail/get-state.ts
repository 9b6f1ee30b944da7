import type { MailState } from '#lib/contract/mail.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { mailStateOf } from './internal.ts';

/** Whether mail leaves the house, and as whom. For admins. */
export async function getMailState(ctx: Ctx): Promise<MailState> {
	requireAdmin(ctx);
	return mailStateOf(ctx.app);
}
