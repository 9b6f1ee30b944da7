import type { Ctx } from '#lib/server/core/context.ts';
import { type Claim, claimDue } from './claim';
import { send } from './send';
import { settle } from './settle';

/** Calls of one process at a time: several endpoints may hang before any other has to wait. */
const MAX_UNDER_WAY = 32;
/** Calls under way when the process stops have this long to be answered. */
const GRACE_MS = 5_000;

export interface DeliverOptions {
	/** Aborted when the process stops: nothing more is claimed, and what is under way is cut off after a grace. */
	signal?: AbortSignal;
	/** Resolves when more may be due; without it a delivery that becomes due meanwhile waits for a call to end. */
	woken?: () => Promise<void>;
}

/**
 * Sends every delivery that is due, several at a time, until none is; gives the number of attempts made. Any number of
 * processes may do this at once.
 */
export async function deliverDue(
	ctx: Ctx,
	{ signal, woken }: DeliverOptions = {},
): Promise<number> {
	const underWay = new Set<Promise<void>>();
	const cut = cutAfterGrace(signal);
	let attempts = 0;
	try {
		for (;;) {
			const room = signal?.aborted ? 0 : MAX_UNDER_WAY - underWay.size;
			const claims = room > 0 ? await claimDue(ctx, room) : [];
			attempts += claims.length;
			for (const claim of claims) {
				const call = deliver(ctx, claim, cut.signal).finally(() => underWay.delete(call));
				underWay.add(call);
			}
			if (underWay.size === 0) return attempts;
			await Promise.race(woken ? [...underWay, woken()] : underWay);
		}
	} finally {
		await Promise.allSettled(underWay);
		cut.end();
	}
}

/** Never throws: what cannot be recorded is claimed again when its lease is over. */
async function deliver(ctx: Ctx, claim: Claim, signal: AbortSignal): Promise<void> {
	const attempt = await send(ctx.app, claim, signal);
	try {
		await settle(ctx, claim, attempt);
	} catch (error) {
		const { webhook_id } = claim;
		ctx.app.log.error({ err: error, webhook_id }, 'an attempt could not be recorded');
	}
}

function cutAfterGrace(stopping: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
	const cut = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const onStop = () => {
		timer = setTimeout(() => cut.abort(), GRACE_MS);
	};
	if (stopping?.aborted) onStop();
	stopping?.addEventListener('abort', onStop);
	return {
		signal: cut.signal,
		end() {
			clearTimeout(timer);
			stopping?.removeEventListener('abort', onStop);
		},
	};
}
