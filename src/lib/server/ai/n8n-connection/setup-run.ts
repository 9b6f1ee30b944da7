import { and, eq, isNotNull, isNull, lt, or } from 'drizzle-orm';
import type { N8nStep } from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections, type N8nResources } from '#lib/server/core/db/schema/index.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { N8nApiError } from './n8n-api.ts';

export type ConnectionRow = typeof n8n_connections.$inferSelect;

/** The lease of a run. Renewed three times as often, since testing the AI can take minutes. */
const LEASE_MS = 120_000;

/** Claims the connection for one run. Throws `conflict` while another run holds it. */
export async function claimConnection(
	ctx: Ctx,
	id: number,
	changes: Partial<typeof n8n_connections.$inferInsert>,
): Promise<ConnectionRow> {
	const now = ctx.app.clock();
	const { running_until } = n8n_connections;
	const [row] = await ctx.db
		.update(n8n_connections)
		.set({ ...changes, status: 'running', running_until: getLeaseEnd(now), updated_at: now })
		.where(and(eq(n8n_connections.id, id), or(isNull(running_until), lt(running_until, now))))
		.returning();
	if (!row) {
		throw conflict('n8n is being connected or disconnected right now: wait until that is done');
	}
	return row;
}

const getLeaseEnd = (now: Date) => new Date(now.getTime() + LEASE_MS);

/** Executes the steps of one run and stores their status as they start and end, so that a page can poll the progress. */
export class SetupRun {
	/** The resources that the connection has created so far. Steps change it and call `save`. */
	readonly made: N8nResources;
	readonly #ctx: Ctx;
	readonly #id: number;
	#steps: N8nStep[];

	constructor(ctx: Ctx, row: ConnectionRow, plan: [N8nStep['key'], string][]) {
		this.#ctx = ctx;
		this.#id = row.id;
		this.made = structuredClone(row.made);
		this.#steps = plan.map(([key, title]) => ({
			key,
			title,
			status: 'waiting',
			detail: null,
			remedy: null,
		}));
	}

	/** Executes the steps in order until one fails. Returns whether all succeeded. Rethrows unexpected errors. */
	async execute(
		actions: Partial<Record<N8nStep['key'], () => Promise<string | null>>>,
	): Promise<boolean> {
		const renewal = setInterval(() => void this.#renewLease(), LEASE_MS / 3).unref();
		try {
			for (const { key } of this.#steps)
				if (!(await this.#executeStep(key, actions[key]))) return false;
			return true;
		} finally {
			clearInterval(renewal);
		}
	}

	async #executeStep(key: N8nStep['key'], action?: () => Promise<string | null>): Promise<boolean> {
		await this.#updateStep(key, { status: 'running' });
		try {
			const detail = (await action?.()) ?? null;
			await this.#updateStep(key, { status: 'done', detail });
			return true;
		} catch (error) {
			const failure = toFailure(error);
			const change = { status: 'failed' as const, ...(failure ?? INTERNAL_FAILURE) };
			await this.#updateStep(key, change, 'failed');
			if (!failure) throw error;
			return false;
		}
	}

	/** Extends the lease unless the run has ended. A failure is logged, because the next renewal may succeed. */
	async #renewLease(): Promise<void> {
		const { app, db } = this.#ctx;
		await db
			.update(n8n_connections)
			.set({ running_until: getLeaseEnd(app.clock()) })
			.where(and(eq(n8n_connections.id, this.#id), isNotNull(n8n_connections.running_until)))
			.catch((err: unknown) => app.log.warn({ err }, 'failed to renew the lease of an n8n run'));
	}

	/** Stores `made`, so that a later run can continue from it. */
	async save(): Promise<void> {
		await this.#store({ made: this.made });
	}

	async end(status: ConnectionRow['status']): Promise<void> {
		await this.#store({ made: this.made, status, running_until: null });
	}

	async #updateStep(
		key: N8nStep['key'],
		change: Partial<N8nStep>,
		status?: ConnectionRow['status'],
	): Promise<void> {
		this.#steps = this.#steps.map((step) => (step.key === key ? { ...step, ...change } : step));
		await this.#store({
			steps: this.#steps,
			made: this.made,
			...(status && { status, running_until: null }),
		});
	}

	async #store(changes: Partial<typeof n8n_connections.$inferInsert>): Promise<void> {
		const now = this.#ctx.app.clock();
		await this.#ctx.db
			.update(n8n_connections)
			.set({ running_until: getLeaseEnd(now), updated_at: now, ...changes })
			.where(eq(n8n_connections.id, this.#id));
	}
}

/** Returns the detail and remedy of an expected error; `undefined` for any other. */
function toFailure(error: unknown): Pick<N8nStep, 'detail' | 'remedy'> | undefined {
	if (error instanceof StepError || error instanceof N8nApiError) {
		return { detail: error.message, remedy: error.remedy };
	}
	return error instanceof AppError
		? { detail: error.message, remedy: 'Resolve this, then connect again.' }
		: undefined;
}

const INTERNAL_FAILURE = {
	detail: 'Frontdesk itself failed; the log has the details.',
	remedy: 'Connect again to continue where it stopped.',
};

/** A failed step on Frontdesk's side, with its remedy. */
export class StepError extends Error {
	override name = 'StepError';
	readonly remedy: string;

	constructor(message: string, remedy: string) {
		super(message);
		this.remedy = remedy;
	}
}
