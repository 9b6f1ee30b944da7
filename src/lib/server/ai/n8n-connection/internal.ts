import { isIP } from 'node:net';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { N8nConnection, N8nStep } from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { n8n_connections, type N8nMade } from '#lib/server/core/db/schema/index.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import { N8nApiError } from './n8n-api.ts';

export type ConnectionRow = typeof n8n_connections.$inferSelect;

/** Longer than a run can take without writing down a step. */
const LEASE_MS = 120_000;

export async function findConnection(ctx: Ctx, site: SiteRow): Promise<ConnectionRow | undefined> {
	const where = eq(n8n_connections.site_id, site.id);
	const [row] = await ctx.db.select().from(n8n_connections).where(where);
	return row;
}

/** Takes the connection for one run; throws Conflict while another one goes on. */
export async function claimConnection(
	ctx: Ctx,
	id: number,
	set: Partial<typeof n8n_connections.$inferInsert>,
): Promise<ConnectionRow> {
	const now = ctx.app.clock();
	const { running_until } = n8n_connections;
	const [row] = await ctx.db
		.update(n8n_connections)
		.set({ ...set, status: 'running', running_until: leaseFrom(now), updated_at: now })
		.where(and(eq(n8n_connections.id, id), or(isNull(running_until), lt(running_until, now))))
		.returning();
	if (!row)
		throw conflict('n8n is being connected or removed right now: wait until that has ended');
	return row;
}

const leaseFrom = (now: Date) => new Date(now.getTime() + LEASE_MS);

/** One run of steps: each is written down as it begins and as it ends, so that a page can show the progress. */
export class Run {
	readonly made: N8nMade;
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

	/** Does the steps in turn; the first that fails ends the run. Gives whether all were done. */
	async execute(
		work: Partial<Record<N8nStep['key'], () => Promise<string | null>>>,
	): Promise<boolean> {
		for (const step of this.#steps) {
			await this.#note(step.key, { status: 'running' });
			try {
				const detail = (await work[step.key]?.()) ?? null;
				await this.#note(step.key, { status: 'done', detail });
			} catch (error) {
				const why = explain(error);
				await this.#note(step.key, { status: 'failed', ...(why ?? INTERNAL) }, 'failed');
				if (!why) throw error;
				return false;
			}
		}
		return true;
	}

	/** Writes down what was made so far: from here on a later run knows it. */
	async keep(): Promise<void> {
		await this.#store({ made: this.made });
	}

	async end(status: ConnectionRow['status']): Promise<void> {
		await this.#store({ made: this.made, status, running_until: null });
	}

	async #note(
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

	async #store(set: Partial<typeof n8n_connections.$inferInsert>): Promise<void> {
		const now = this.#ctx.app.clock();
		await this.#ctx.db
			.update(n8n_connections)
			.set({ running_until: leaseFrom(now), updated_at: now, ...set })
			.where(eq(n8n_connections.id, this.#id));
	}
}

function explain(error: unknown): Pick<N8nStep, 'detail' | 'remedy'> | undefined {
	if (error instanceof StepError || error instanceof N8nApiError) {
		return { detail: error.message, remedy: error.remedy };
	}
	return error instanceof AppError
		? { detail: error.message, remedy: 'Settle this, then connect again.' }
		: undefined;
}

const INTERNAL = {
	detail: 'Frontdesk itself failed; its log has the details.',
	remedy: 'Connect again to continue where it stopped.',
};

/** Why a step of Frontdesk's own failed, and what to do. */
export class StepError extends Error {
	override name = 'StepError';
	readonly remedy: string;

	constructor(message: string, remedy: string) {
		super(message);
		this.remedy = remedy;
	}
}

export function presentConnection(
	ctx: Ctx,
	site: SiteRow,
	row: ConnectionRow | undefined,
): N8nConnection {
	const { publicUrl } = ctx.app.config;
	if (!row) {
		return {
			site: site.key,
			status: 'none',
			url: null,
			frontdesk_url: publicUrl,
			is_api_key_kept: false,
			steps: [],
			workflows: [],
			credentials: [],
			endpoint_id: null,
			warnings: reachWarnings(publicUrl, null),
			updated_at: null,
		};
	}
	const { url, made, steps, status, running_until } = row;
	const isLapsed = status === 'running' && (running_until ?? new Date(0)) <= ctx.app.clock();
	return {
		site: site.key,
		status: isLapsed ? 'interrupted' : status,
		url,
		frontdesk_url: row.frontdesk_url,
		is_api_key_kept: row.sealed_api_key !== null,
		steps,
		workflows: made.workflows.flatMap(({ workflow, name, path, id }) =>
			id === null
				? []
				: [
						{
							workflow,
							name,
							url: `${url}/workflow/${encodeURIComponent(id)}`,
							webhook_url: path === null ? null : webhookUrlOf(url, path),
						},
					],
		),
		credentials: made.credentials.flatMap(({ name, type, id }) =>
			id === null ? [] : [{ name, type, url: `${url}/home/credentials/${encodeURIComponent(id)}` }],
		),
		endpoint_id: made.endpoint_id,
		// What is connected has been tested.
		warnings: status === 'connected' ? [] : reachWarnings(row.frontdesk_url, url),
		updated_at: row.updated_at.toISOString(),
	};
}

export const webhookUrlOf = (url: string, path: string) => `${url}/webhook/${path}`;

/** n8n's own address, of whatever page of its editor was pasted. */
export function baseUrlOf(pasted: string): string {
	const url = new URL(pasted);
	const page =
		/\/(home|workflows?|projects|credentials|executions|settings|personal|shared|signin|setup|insights|api\/v1|webhook(-test)?)(\/.*)?$/;
	return (url.origin + url.pathname.replace(page, '')).replace(/\/+$/, '');
}

function isLoopback(address: string): boolean {
	const host = (URL.parse(address)?.hostname ?? '').replace(/^\[(.*)\]$/, '$1');
	return (
		host === 'localhost' ||
		host.endsWith('.localhost') ||
		host === '::1' ||
		(isIP(host) === 4 && host.startsWith('127.'))
	);
}

/** Addresses that n8n probably cannot reach. */
function reachWarnings(frontdeskUrl: string, n8nUrl: string | null): string[] {
	if (!isLoopback(frontdeskUrl)) return [];
	const { origin, port } = new URL(frontdeskUrl);
	const container = `http://host.docker.internal${port ? `:${port}` : ''}`;
	if (n8nUrl !== null && !isLoopback(n8nUrl)) {
		return [
			`n8n runs on another machine and cannot reach ${origin}. Start Frontdesk with PUBLIC_URL set to an address that n8n can reach, or enter that address under “Frontdesk’s address for n8n”.`,
		];
	}
	return [
		`${origin} works only for an n8n on this machine. If n8n runs in a container, enter ${container} under “Frontdesk’s address for n8n”; if it runs elsewhere, start Frontdesk with PUBLIC_URL set to an address that n8n can reach.`,
	];
}
