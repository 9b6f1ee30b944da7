import type { StatisticsDay, StatisticsTotals } from '#lib/contract/statistics.ts';
import { quantile } from './bins.ts';
import type { Figures } from './read-times.ts';

/** A share of a whole; null of nothing. */
export const shareOf = (part: number, whole: number): number | null =>
	whole > 0 ? Math.min(1, Math.round((part / whole) * 10_000) / 10_000) : null;

/** What days and totals have in common. */
export function presentFigures({ counts, bins }: Figures): Omit<StatisticsDay, 'date'> {
	const { sessions, complete, abandoned, turns, failed_turns, fallback_turns, messages } = counts;
	const over = complete + abandoned;
	return {
		sessions,
		ai_engaged: counts.ai_engaged,
		complete,
		abandoned,
		leads: counts.leads,
		completion_rate: shareOf(complete, sessions),
		time_to_complete_s: quantile('complete_bins', bins.complete_bins, 0.5),
		messages_per_chat: over > 0 ? Math.round((messages / over) * 100) / 100 : null,
		first_byte_ms_p50: quantile('first_byte_bins', bins.first_byte_bins, 0.5),
		first_byte_ms_p95: quantile('first_byte_bins', bins.first_byte_bins, 0.95),
		answer_ms_p50: quantile('answer_bins', bins.answer_bins, 0.5),
		answer_ms_p95: quantile('answer_bins', bins.answer_bins, 0.95),
		turns,
		failed_turns,
		fallback_turns,
		failure_rate: shareOf(failed_turns, turns),
		fallback_rate: shareOf(fallback_turns, turns),
		pass_rate: shareOf(counts.passed, counts.passed + counts.issue + counts.fixed),
	};
}

export function presentTotals(figures: Figures): StatisticsTotals {
	const { sessions, complete, abandoned, archived, unchecked, passed, issue, fixed } =
		figures.counts;
	return {
		...presentFigures(figures),
		in_progress: sessions - complete - abandoned,
		archived,
		qa: { unchecked, passed, issue, fixed },
	};
}
