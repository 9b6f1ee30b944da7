import type { MailState } from '$lib/contract/mail';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { mailStateOf } from './internal';

/** Whether mail leaves the house, and as whom. For admins. */
export async function getMailState(ctx: Ctx): Promise<MailState> {
	requireAdmin(ctx);
	return mailStateOf(ctx.app);
}
