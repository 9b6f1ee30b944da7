import type { MailState } from '$lib/contract/mail';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { mailStateOf } from './internal';

/** Whether mail leaves the house, and as whom. For admins. */
export function getMailState(ctx: Ctx): MailState {
	requireAdmin(ctx);
	return mailStateOf(ctx.app);
}
