import type { TrialComparison, TrialMeasure, TrialVerdict } from '#lib/contract/challenger.ts';
import {
	newcombeInterval,
	wilsonInterval,
	type ArmCounts,
} from '#lib/server/statistics/unchecked.ts';

/** With fewer in an arm there is no verdict: an interval that excludes 0 by chance is too likely to be seen early on. */
const MIN_TRIALS = 50;

interface Arms<T> {
	champion: T;
	challenger: T;
}
interface Hits {
	hits: number;
	trials: number;
}

/** Compares the arms of a trial. */
export function compareArms(arms: Arms<ArmCounts>): TrialComparison {
	const measure = (count: keyof ArmCounts, of: keyof ArmCounts, isLessBetter = false) => {
		const hitsOf = (counts: ArmCounts) => ({ hits: counts[count], trials: counts[of] });
		const hits = { champion: hitsOf(arms.champion), challenger: hitsOf(arms.challenger) };
		return measureOf(hits, isLessBetter);
	};
	const leads = measure('completed', 'opened');
	const won = measure('won', 'opened');
	return {
		leads,
		won,
		reviews: measure('passed', 'reviewed'),
		failures: measure('failed_turns', 'turns', true),
		verdict: won.verdict === 'too_early' ? leads.verdict : won.verdict,
	};
}

function measureOf({ champion, challenger }: Arms<Hits>, isLessBetter: boolean): TrialMeasure {
	const isKnown = champion.trials > 0 && challenger.trials > 0;
	const difference = isKnown
		? {
				value: challenger.hits / challenger.trials - champion.hits / champion.trials,
				...newcombeInterval(champion, challenger),
			}
		: null;
	const hasEnough = Math.min(champion.trials, challenger.trials) >= MIN_TRIALS;
	return {
		champion: presentArm(champion),
		challenger: presentArm(challenger),
		difference,
		verdict: difference && hasEnough ? verdictOf(difference, isLessBetter) : 'too_early',
	};
}

function verdictOf(
	{ low, high }: { low: number; high: number },
	isLessBetter: boolean,
): TrialVerdict {
	if (low <= 0 && high >= 0) return 'too_early';
	return low > 0 === isLessBetter ? 'champion' : 'challenger';
}

const presentArm = ({ hits, trials }: Hits) => ({
	count: hits,
	of: trials,
	rate: trials === 0 ? null : hits / trials,
	...wilsonInterval(hits, trials),
});
