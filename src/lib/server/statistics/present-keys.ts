import { eq } from 'drizzle-orm';
import { CORE_LEAD_FIELDS } from '#lib/contract/lead.ts';
import type { Statistics } from '#lib/contract/statistics.ts';
import type { Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';
import type { Counter } from './counters.ts';
import { shareOf } from './figures.ts';
import type { KeyCount } from './read-sections.ts';

type Sections = Pick<Statistics, 'questions' | 'fields' | 'reviewers' | 'reasons'>;
const LABELS: Record<string, string> = {
	name: 'Name',
	email: 'Email',
	phone: 'Phone',
	company: 'Company',
};

/** What is counted by a name, as the sections of the statistics. */
export async function presentKeys(
	ctx: Ctx,
	site: string | undefined,
	counted: KeyCount[],
	counts: Record<Counter, number>,
): Promise<Sections> {
	const labels = await labelsOf(ctx, site);
	const label = (key: string, none: string) =>
		key === '' ? none : (labels.get(key) ?? LABELS[key] ?? key);
	const of = (kind: string) => counted.filter((row) => row.kind === kind);
	const countOf = (kind: string, key: string) =>
		of(kind).find((row) => row.key === key)?.count ?? 0;
	const keys = (...kinds: string[]) => [...new Set(kinds.flatMap(of).map(({ key }) => key))];
	return {
		questions: of('question').map(({ key, count }) => ({
			key,
			label: label(key, 'All questions answered'),
			abandoned: count,
			share: shareOf(count, counts.abandoned),
		})),
		fields: keys('captured', 'abandoned_after').map((key) => {
			const [captured, abandoned_after] = [
				countOf('captured', key),
				countOf('abandoned_after', key),
			];
			return {
				key,
				label: label(key, 'Nothing given'),
				captured,
				captured_share: shareOf(captured, counts.sessions),
				abandoned_after,
				abandoned_share: shareOf(
					abandoned_after,
					abandoned_after + countOf('completed_after', key),
				),
			};
		}),
		reviewers: keys('by_passed', 'by_issue', 'by_fixed').map((reviewer) => ({
			reviewer,
			passed: countOf('by_passed', reviewer),
			issue: countOf('by_issue', reviewer),
			fixed: countOf('by_fixed', reviewer),
		})),
		reasons: of('reason').map(({ key, count }) => ({ reason: key, count })),
	};
}

/** What sites call their questions; of several sites the oldest one's word. */
async function labelsOf(ctx: Ctx, site: string | undefined): Promise<Map<string, string>> {
	const rows = await ctx.db
		.select({ questions: sites.questions })
		.from(sites)
		.where(site === undefined ? undefined : eq(sites.key, site))
		.orderBy(sites.id)
		.limit(200);
	const labels = new Map<string, string>();
	for (const { key, label } of rows.flatMap(({ questions }) => questions)) {
		if (!labels.has(key) && !CORE_LEAD_FIELDS.some((field) => field === key)) {
			labels.set(key, label);
		}
	}
	return labels;
}
