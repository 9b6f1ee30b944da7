import type { Ctx } from '../core/context.ts';
import type { AppEvent } from '../core/events.ts';

/** Work that is done again and again; several processes may do the same at once. */
export interface Job {
	name: string;
	/** The pause between two runs. */
	interval_ms: number;
	/** A run that makes no progress for this long is given up, and the next one starts; 10 minutes when it is left out. */
	limit_ms?: number;
	/**
	 * One run. `signal` is aborted when the process stops or the run is given up. A run that takes long can wait for `woken`, which resolves
	 * when the job is woken or its interval has passed, and look again for what is to be done.
	 */
	run(ctx: Ctx, signal: AbortSignal, woken: () => Promise<void>): Promise<unknown>;
	/** Events of this process after which it should run at once. */
	wakesOn?(event: AppEvent, ctx: Ctx): boolean;
}
