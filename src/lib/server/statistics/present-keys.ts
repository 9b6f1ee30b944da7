import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import type { Question } from '#lib/contract/site.ts';
import { SCORE_BANDS, UNKNOWN_QUESTION } from '#lib/contract/statistics-rows.ts';
import type { Statistics } from '#lib/contract/statistics.ts';
import type { Read } from '../core/db/reads.ts';
import type { Counter } from './counters.ts';
import { computeWilsonInterval } from './period.ts';
import { getShare, getWinRate } from './present.ts';
import type { KeyCount, Scope } from './read-counters.ts';

/** Returns the value of a row's won leads, by currency. */
export type ValueLookup = (row: {
	kind: string;
	key?: string;
	campaign?: string;
	site?: string;
}) => Statistics['totals']['won_values'];

type Sections = Pick<Statistics, 'questions' | 'fields' | 'reviewers' | 'reasons' | 'scores'>;
const LABELS: Record<string, string> = {
	name: 'Name',
	email: 'Email',
	phone: 'Phone',
	company: 'Company',
	[UNKNOWN_QUESTION]: 'Unknown',
};

/** Returns the sections of the statistics that are counted by key: questions, fields, reviewers, reasons and scores. */
export function presentKeys(
	site: string | undefined,
	{
		keys: keyCounts,
		labels,
		counts,
		findValues,
	}: {
		keys: KeyCount[];
		labels: Map<string, string>;
		counts: Record<Counter, number>;
		findValues: ValueLookup;
	},
): Sections {
	const getLabel = (key: string, emptyLabel: string) =>
		key === '' ? emptyLabel : (labels.get(key) ?? LABELS[key] ?? key);
	const getRows = (kind: string) => keyCounts.filter((row) => row.kind === kind);
	const getCount = (kind: string, key: string) =>
		getRows(kind).find((row) => row.key === key)?.count ?? 0;
	/** Returns the outcomes of the leads with a key. */
	const getOutcomes = (kind: string, key: string) => {
		const getStageCount = (name: string) => getCount(`${kind}_${name}`, key);
		const [won, lost, disqualified] = [
			getStageCount('won'),
			getStageCount('lost'),
			getStageCount('disqualified'),
		];
		const rates = { win_rate: getWinRate({ won, lost, disqualified }) };
		const won_values = findValues({ kind, key, site });
		return { qualified: getStageCount('qualified'), won, lost, disqualified, ...rates, won_values };
	};
	const listKeys = (...kinds: string[]) => [
		...new Set(kinds.flatMap(getRows).map(({ key }) => key)),
	];
	return {
		questions: getRows('question').map(({ key, count }) => ({
			key,
			label: getLabel(key, 'All questions answered'),
			abandoned: count,
			share: getShare(count, counts.abandoned),
		})),
		fields: listKeys('captured', 'abandoned_after').map((key) => {
			const [captured, abandoned_after] = [
				getCount('captured', key),
				getCount('abandoned_after', key),
			];
			const {
				lost: _lost,
				disqualified: _disqualified,
				...outcomes
			} = getOutcomes('captured', key);
			return {
				key,
				label: getLabel(key, 'Nothing given'),
				...outcomes,
				captured,
				captured_share: getShare(captured, counts.sessions),
				abandoned_after,
				abandoned_share: getShare(
					abandoned_after,
					abandoned_after + getCount('completed_after', key),
				),
			};
		}),
		reviewers: listKeys('by_passed', 'by_issue', 'by_fixed').map((reviewer) => ({
			reviewer,
			passed: getCount('by_passed', reviewer),
			issue: getCount('by_issue', reviewer),
			fixed: getCount('by_fixed', reviewer),
		})),
		reasons: getRows('reason').map(({ key, count }) => ({ reason: key, count })),
		scores: SCORE_BANDS.map((from, index) => ({
			from,
			to: (SCORE_BANDS[index + 1] ?? 101) - 1,
			...getOutcomes('score', String(from)),
		})),
	};
}

const siteQuestions = z.array(z.object({ questions: z.custom<Question[]>(Array.isArray) }));

/**
 * Returns the query for question labels by key; where sites differ, the oldest site's label wins. Undefined for an unknown
 * site.
 */
export function readLabels(scope: Scope): Read<Map<string, string> | undefined> {
	const where = scope.isAll ? sql`` : sql`where id = ${scope.id}`;
	return {
		query: sql`select questions from sites ${where} order by id limit 200`,
		parse(rows) {
			if (rows.length === 0 && !scope.isAll) return undefined;
			const labels = new Map<string, string>();
			for (const { key, label } of siteQuestions.parse(rows).flatMap((site) => site.questions)) {
				if (!labels.has(key) && !CORE_LEAD_FIELDS.some((field) => field === key)) {
					labels.set(key, label);
				}
			}
			return labels;
		},
	};
}

interface GreetingCounts {
	site: string;
	variant: string;
	text: string | null;
	opened: number;
	completed: number;
	qualified: number;
	disqualified: number;
	won: number;
	lost: number;
}

/** Compares each greeting with the others of its site. Overlapping confidence intervals allow no verdict yet. */
export function compareGreetings(
	greetings: GreetingCounts[],
	findValues: ValueLookup,
): Statistics['greetings'] {
	const rows = greetings.map(({ disqualified, lost, ...row }) => ({
		...row,
		win_rate: getWinRate({ ...row, disqualified, lost }),
		won_values: findValues({ kind: 'greeting', key: row.variant, site: row.site }),
		rate: getShare(row.completed, row.opened),
		...computeWilsonInterval(row.completed, row.opened),
	}));
	return rows.map((row) => {
		const others = rows.filter(({ site, variant }) => site === row.site && variant !== row.variant);
		const isLeading = others.length > 0 && others.every(({ high }) => high < row.low);
		const isTrailing = others.some(({ low }) => low > row.high);
		return { ...row, verdict: isLeading ? 'leads' : isTrailing ? 'trails' : 'too_early' };
	});
}
