import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { automation_errors, error_groups } from '#lib/server/core/db/schema/index.ts';
import { getFingerprint } from '#lib/server/quality/automation-errors/record.ts';
import { DAY, HOUR } from './calendar.ts';
import type { Chat, Turn } from './chat.ts';
import { REPORTS } from './failures.ts';
import type { Random } from './random.ts';
import type { Team } from './team.ts';
import { insertRows } from './insert-rows.ts';

type ErrorRow = Omit<typeof automation_errors.$inferInsert, 'id'>;

export type Failure = Omit<ErrorRow, 'group_id'>;

/** Groups failures by cause. Inserts a group before its first failure. */
export class ErrorGroups {
	readonly #ids = new Map<string, number>();
	readonly #isResolved = new Map<string, boolean>();

	/** Returns a failed turn as the error that the server would have recorded. */
	toFailure({ id, site }: Chat, turn: Turn): Failure {
		return {
			chat_session_id: id,
			workflow: `${site.template.name}: AI ${site.template.connector}`,
			node: turn.outcome,
			message: turn.detail ?? turn.outcome,
			stack: null,
			severity: 'error',
			execution_id: turn.execution_id,
			execution_url: null,
			created_at: turn.finished_at,
		};
	}

	/** Returns the failures with their group ids, and inserts new groups. */
	async assignGroups(ctx: Ctx, failures: Failure[]): Promise<ErrorRow[]> {
		const rows: ErrorRow[] = [];
		for (const failure of failures) {
			const fingerprint = getFingerprint({ ...failure, node: failure.node ?? null });
			const groupId = this.#ids.get(fingerprint);
			rows.push({
				...failure,
				group_id: groupId ?? (await this.#insertGroup(ctx, fingerprint, failure)),
			});
		}
		return rows;
	}

	/** Inserts failures reported by workflows. */
	async addReports(ctx: Ctx, random: Random, now: Date): Promise<void> {
		for (const { started_ago_ms, count, isResolved, ...report } of REPORTS) {
			const ended_ago_ms = isResolved
				? started_ago_ms - 3 * DAY
				: Math.min(started_ago_ms / 4, 6 * HOUR);
			const failures = Array.from({ length: count }, () => {
				const execution_id = String(random.int(20_000, 90_000));
				return {
					chat_session_id: null,
					...report,
					stack: null,
					execution_id,
					execution_url: `https://n8n.frontdesk.example/execution/${execution_id}`,
					created_at: new Date(
						now.getTime() - ended_ago_ms - random.next() * (started_ago_ms - ended_ago_ms),
					),
				};
			}).sort((a, b) => a.created_at.getTime() - b.created_at.getTime());
			const fingerprint = getFingerprint(report);
			this.#isResolved.set(fingerprint, isResolved);
			await insertRows(ctx.db, automation_errors, await this.assignGroups(ctx, failures));
		}
	}

	/** Sets the counters of each group, and resolves groups without recent failures. */
	async finish(ctx: Ctx, team: Team, now: Date): Promise<void> {
		for (const [fingerprint, id] of this.#ids) {
			await ctx.db.execute(sql`
				update error_groups g set count = seen.count, first_seen_at = seen.first, last_seen_at = seen.last
				from (select count(*)::int, min(created_at) as first, max(created_at) as last
					from automation_errors where group_id = ${id}) seen
				where g.id = ${id}`);
			// No failure is 99 days old, so these groups stay unresolved.
			const resolveAfterMs = this.#isResolved.get(fingerprint) === false ? 99 * DAY : 12 * DAY;
			await ctx.db.execute(sql`
				update error_groups set resolved_by_id = ${team.admin.id},
					resolved_at = last_seen_at + interval '5 hours'
				where id = ${id} and last_seen_at < ${new Date(now.getTime() - resolveAfterMs).toISOString()}::timestamptz`);
		}
	}

	async #insertGroup(ctx: Ctx, fingerprint: string, failure: Failure) {
		const { workflow, node, message, severity, created_at = new Date() } = failure;
		const timestamps = { first_seen_at: created_at, last_seen_at: created_at };
		const [group] = await ctx.db
			.insert(error_groups)
			.values({ fingerprint, workflow, node, message, severity, ...timestamps })
			.onConflictDoUpdate({ target: error_groups.fingerprint, set: { severity } })
			.returning({ id: error_groups.id });
		if (!group) throw new Error('the error group was not inserted');
		this.#ids.set(fingerprint, group.id);
		return group.id;
	}
}
