import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import type { Attempt, Claim, ClaimRequest, Outbox } from './outbox.ts';
import { settleClaim, storeResult } from './settle.ts';

/** Calls in flight when the process stops have this long to finish. */
const GRACE_MS = 5_000;
/** The pause after a failed claim. */
const CLAIM_PAUSE_MS = 1_000;

export interface DrainOptions {
	/** Aborted when the process stops: nothing more is claimed, and calls in flight are cut off after a grace period. */
	signal?: AbortSignal | undefined;
	/** Resolves when more may be due; without it, rows that become due in the meantime wait until a call ends. */
	woken?: (() => Promise<void>) | undefined;
}

/**
 * Sends every due row of an outbox until none is left, and returns the number of attempts. Safe to run in any number of
 * processes at once.
 */
export async function drainOutbox<C extends Claim, A extends Attempt>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	{ signal, woken }: DrainOptions = {},
): Promise<number> {
	const inFlight = new Map<C, Promise<void>>();
	const cutOff = abortAfterGrace(signal);
	let attempts = 0;
	let round = 0;
	try {
		for (;;) {
			const room = signal?.aborted ? 0 : outbox.concurrency - inFlight.size;
			const claims = await claimUnlessBusy(ctx, outbox, {
				room,
				inFlight: [...inFlight.keys()],
				round: room > 0 ? round++ : round,
			});
			if (!claims) continue;
			attempts += claims.length;
			for (const claim of claims) {
				const call = sendAndSettle(ctx, outbox, claim, cutOff.signal);
				inFlight.set(
					claim,
					call.finally(() => inFlight.delete(claim)),
				);
			}
			if (inFlight.size === 0) return attempts;
			await Promise.race(woken ? [...inFlight.values(), woken()] : inFlight.values());
		}
	} finally {
		await Promise.allSettled(inFlight.values());
		cutOff.end();
	}
}

/** Returns undefined, after a pause, when claiming failed while calls are in flight: their results must not be lost. */
async function claimUnlessBusy<C extends Claim, A extends Attempt>(
	ctx: Ctx,
	outbox: Outbox<C, A>,
	request: ClaimRequest<C>,
): Promise<C[] | undefined> {
	if (request.room <= 0) return [];
	try {
		return await outbox.claim(ctx, request);
	} catch (error) {
		if (request.inFlight.length === 0) throw error;
		ctx.app.log.warn({ err: error, outbox: outbox.table }, 'an outbox could not be claimed from');
		await pause(CLAIM_PAUSE_MS, undefined, { ref: false });
		return undefined;
	}
}

/** Never throws: a row whose result could not be stored is sent again, under the same id, when its lease expires. */
async function sendAndSettle<C extends Claim, A extends Attempt>(
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
	const cutOff = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const onStop = () => {
		timer = setTimeout(() => cutOff.abort(), GRACE_MS);
	};
	if (stopping?.aborted) onStop();
	stopping?.addEventListener('abort', onStop);
	return {
		signal: cutOff.signal,
		end() {
			clearTimeout(timer);
			stopping?.removeEventListener('abort', onStop);
		},
	};
}
