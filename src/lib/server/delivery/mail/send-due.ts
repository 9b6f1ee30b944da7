import { eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { storeResult } from '#lib/server/core/db/store-result.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { claimDue, type Claim } from './claim.ts';
import { send } from './send.ts';
import { settle } from './settle.ts';

/** The service takes a few requests a second. */
const AT_ONCE = 4;

/** Sends every mail that is due; gives the number of attempts made. Any number of processes may do this at once. */
export async function sendDueMails(
	ctx: Ctx,
	signal: AbortSignal = new AbortController().signal,
): Promise<number> {
	if (!ctx.app.config.mail) return keepInOutbox(ctx);
	let attempts = 0;
	while (!signal.aborted) {
		const claims = await claimDue(ctx, AT_ONCE);
		if (claims.length === 0) break;
		attempts += claims.length;
		await Promise.all(claims.map((claim) => deliver(ctx, claim, signal)));
	}
	return attempts;
}

/** What waited when the mail account was taken away stays to be read. */
async function keepInOutbox(ctx: Ctx): Promise<number> {
	await ctx.db
		.update(mails)
		.set({ status: 'outbox', next_attempt_at: null, claimed_until: null })
		.where(eq(mails.status, 'pending'));
	return 0;
}

/** Never throws: a mail whose result could not be stored is sent again, with the same key, when its claim lapses. */
async function deliver(ctx: Ctx, claim: Claim, signal: AbortSignal): Promise<void> {
	const attempt = await send(ctx.app, claim, signal);
	await storeResult(ctx.app.log, () => settle(ctx, claim, attempt), { signal, mail: claim.id });
}
