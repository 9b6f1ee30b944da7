import { setTimeout } from 'node:timers/promises';
import type { Ctx } from '#lib/server/core/context.ts';
import { storeResult } from '#lib/server/core/db/store-result.ts';
import { type Claim, claimDue } from './claim.ts';
import { send } from './send.ts';
import { settle } from './settle.ts';

/** Calls of one process at a time. */
const MAX_UNDER_WAY = 64;
/** Of these, calls to endpoints that are down: however many hang, the others have room. */
const MAX_UNDER_WAY_TO_DOWN = 32;
/** Calls under way when the process stops have this long to be answered. */
const GRACE_MS = 5_000;
/** The pause after a claim that failed. */
const CLAIM_PAUSE_MS = 1_000;

export interface DeliverOptions {
	/** Aborted when the process stops: nothing more is claimed, and what is under way is cut off after a grace. */
	signal?: AbortSignal;
	/** Resolves when more may be due; without it a delivery that becomes due meanwhile waits for a call to end. */
	woken?: () => Promise<void>;
}

/**
 * Sends every delivery that is due, several at a time, until none is; returns the number of attempts made. Any number of
 * processes may do this at once.
 */
export async function deliverDue(
	ctx: Ctx,
	{ signal, woken }: DeliverOptions = {},
): Promise<number> {
	const underWay = new Map<Claim, Promise<void>>();
	const cut = cutAfterGrace(signal);
	let attempts = 0;
	let parity: 0 | 1 = 0;
	const claimMore = async () => {
		const claims = [...underWay.keys()];
		const room = signal?.aborted ? 0 : MAX_UNDER_WAY - claims.length;
		if (room <= 0) return [];
		parity = parity ? 0 : 1;
		const down = claims.filter(({ is_down }) => is_down).length;
		return claimDue(ctx, {
			room,
			roomForDown: MAX_UNDER_WAY_TO_DOWN - down,
			underWay: claims.map(({ delivery_id }) => delivery_id),
			parity,
		});
	};
	try {
		for (;;) {
			let claims: Claim[];
			try {
				claims = await claimMore();
			} catch (error) {
				if (underWay.size === 0) throw error;
				ctx.app.log.warn({ err: error }, 'no deliveries could be claimed');
				await setTimeout(CLAIM_PAUSE_MS, undefined, { ref: false });
				continue;
			}
			attempts += claims.length;
			for (const claim of claims) {
				const call = deliver(ctx, claim, cut.signal).finally(() => underWay.delete(claim));
				underWay.set(claim, call);
			}
			if (underWay.size === 0) return attempts;
			await Promise.race(woken ? [...underWay.values(), woken()] : underWay.values());
		}
	} finally {
		await Promise.allSettled(underWay.values());
		cut.end();
	}
}

/** Never throws: a delivery whose result could not be stored is sent again, with the same id, when its claim lapses. */
async function deliver(ctx: Ctx, claim: Claim, signal: AbortSignal): Promise<void> {
	const { webhook_id } = claim;
	const attempt = await send(ctx.app, claim, signal);
	ctx.app.metrics.deliveries.inc({ result: attempt.error === null ? 'delivered' : 'failed' });
	await storeResult(ctx.app.log, () => settle(ctx, claim, attempt), { signal, webhook_id });
}

function cutAfterGrace(stopping: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
	const cut = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const onStop = () => {
		timer = globalThis.setTimeout(() => cut.abort(), GRACE_MS);
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
