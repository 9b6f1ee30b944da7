import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import type { AttemptResult, Claim, ClaimRequest, Outbox } from './outbox.ts';
import { settleClaim, storeResult } from './settle.ts';

/** The grace period for calls in flight when the process stops. */
const GRACE_MS = 5_000;
/** The pause after a failed claim. */
const CLAIM_RETRY_MS = 1_000;

export interface DrainOptions {
	/** Aborted when the process stops. Nothing more is claimed, and calls in flight are aborted after a grace period. */
	signal?: AbortSignal | undefined;
	/** Resolves when more rows may be due. Without it, rows that become due while calls are in flight wait until one of them ends. */
	waitForWork?: (() => Promise<void>) | undefined;
}

/**
 * Sends every due row of an outbox until none is left, and returns the number of attempts. Safe to run in any number of
 * processes at once.
 */
export async function drainOutbox<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	{ signal, waitForWork }: DrainOptions = {},
): Promise<number> {
	const inFlight = new Map<C, Promise<void>>();
	const grace = abortAfterGrace(signal);
	let attempts = 0;
	let round = 0;
	try {
		for (;;) {
			const limit = signal?.aborted ? 0 : outbox.concurrency - inFlight.size;
			const claims = await tryClaim(ctx, outbox, {
				limit,
				inFlight: [...inFlight.keys()],
				round: limit > 0 ? round++ : round,
			});
			if (!claims) continue;
			attempts += claims.length;
			for (const claim of claims) {
				const call = sendAndSettle(ctx, outbox, claim, grace.signal);
				inFlight.set(
					claim,
					call.finally(() => inFlight.delete(claim)),
				);
			}
			if (inFlight.size === 0) return attempts;
			await Promise.race(waitForWork ? [...inFlight.values(), waitForWork()] : inFlight.values());
		}
	} finally {
		await Promise.allSettled(inFlight.values());
		grace.end();
	}
}

/** Claims rows. A failure must not lose the results of calls in flight: if there are any, returns undefined after a pause instead of throwing. */
async function tryClaim<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	request: ClaimRequest<C>,
): Promise<C[] | undefined> {
	if (request.limit <= 0) return [];
	try {
		return await outbox.claim(ctx, request);
	} catch (error) {
		if (request.inFlight.length === 0) throw error;
		ctx.app.log.warn({ err: error, outbox: outbox.table }, 'failed to claim rows of an outbox');
		await pause(CLAIM_RETRY_MS, undefined, { ref: false });
		return undefined;
	}
}

/** Sends a row and settles its claim. Never throws. A row whose result couldn't be stored is sent again, under the same id, when its lease expires. */
async function sendAndSettle<C extends Claim, A extends AttemptResult>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	claim: C,
	signal: AbortSignal,
): Promise<void> {
	const attempt = await outbox.send(ctx.app, claim, signal);
	const { metrics, log } = ctx.app;
	const labels = { outbox: outbox.table };
	metrics.outboxAttempts.inc({ ...labels, result: attempt.result });
	if (attempt.result === 'sent') metrics.outboxLastSuccess.setToCurrentTime(labels);
	const store = () => settleClaim(ctx, outbox, claim, attempt);
	await storeResult(log, store, { signal, ...labels, id: claim.id });
}

function abortAfterGrace(stopping: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
	const grace = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const onStop = () => {
		timer = setTimeout(() => grace.abort(), GRACE_MS);
	};
	if (stopping?.aborted) onStop();
	stopping?.addEventListener('abort', onStop);
	return {
		signal: grace.signal,
		end() {
			clearTimeout(timer);
			stopping?.removeEventListener('abort', onStop);
		},
	};
}
