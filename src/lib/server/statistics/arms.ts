import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../core/db/client.ts';
import { bucketOf, DAY } from './counters.ts';

/** What is counted for each arm of a trial, as keys of the kind `arm_…`. */
export const ARM_COUNTS = [
	'opened',
	'completed',
	'won',
	'passed',
	'reviewed',
	'turns',
	'failed_turns',
] as const;
export type ArmCounts = Record<(typeof ARM_COUNTS)[number], number>;

/** Returns the key under which an arm of a trial is counted. */
export const armKey = (challengerId: number, arm: 'champion' | 'challenger') =>
	`${challengerId}:${arm}`;

const armCount = z.array(z.object({ kind: z.string(), key: z.string(), count: z.coerce.number() }));

/** Returns the counts of both arms of a trial. */
export async function readArms(
	db: Db,
	siteId: number,
	trial: { id: number; started_at: Date; ended_at: Date | null },
): Promise<{ champion: ArmCounts; challenger: ArmCounts }> {
	const keys = {
		champion: armKey(trial.id, 'champion'),
		challenger: armKey(trial.id, 'challenger'),
	};
	const from = new Date(bucketOf(trial.started_at.getTime(), DAY)).toISOString();
	const to = trial.ended_at?.toISOString() ?? 'infinity';
	const { rows } = await db.execute(sql`
		select kind, key, sum(count) as count from statistics_keys
		where site_id = ${siteId} and grain = ${DAY} and bucket_at >= ${from} and bucket_at <= ${to}
			and kind like 'arm%' and key in (${keys.champion}, ${keys.challenger})
		group by kind, key`);
	const counted = armCount.parse(rows);
	const countsOf = (arm: keyof typeof keys) =>
		Object.fromEntries(
			ARM_COUNTS.map((name) => {
				const row = counted.find(({ kind, key }) => kind === `arm_${name}` && key === keys[arm]);
				return [name, row?.count ?? 0];
			}),
		) as ArmCounts;
	return { champion: countsOf('champion'), challenger: countsOf('challenger') };
}
