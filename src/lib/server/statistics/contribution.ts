import { SCORE_BANDS } from '#lib/contract/statistics-rows.ts';
import type { Contribution } from '../core/db/schema/index.ts';
import {
	getBinIndex,
	getBucketStart,
	QUARTER_MINUTES,
	type Counter,
	type Histogram,
} from './counters.ts';
import type { Snapshot, TurnFacts } from './snapshot.ts';
import { getSource } from './source.ts';
import { ARM_COUNTS, type ArmCounts, toArmKey } from './versions.ts';

const MAX_KEY_LENGTH = 120;

/** Returns how a chat session counts in statistics. Depends only on its snapshot, so that recounting gives the same result. */
export function toContribution(snapshot: Snapshot): Contribution {
	return {
		site_id: snapshot.site_id,
		bucket_at: new Date(
			getBucketStart(snapshot.created_at.getTime(), QUARTER_MINUTES),
		).toISOString(),
		...getSource(snapshot.context),
		counts: { ...getChatCounts(snapshot), ...getTurnCounts(snapshot.turns) },
		bins: { ...getChatBins(snapshot), ...getTurnBins(snapshot.turns) },
		keys: toKeyCounts(snapshot),
		...toVersions(snapshot),
		...toWonValue(snapshot),
	};
}

/** The maximum number of versions counted per chat, because a workflow may report a new one with every answer. */
const MAX_VERSIONS = 10;

/** Counts the chat under its first version, and each turn under its own. */
function toVersions(snapshot: Snapshot): Pick<Contribution, 'versions'> {
	const { version: first, turns } = snapshot;
	const names = new Set([first, ...turns.map(({ version }) => version)]);
	const versions = [...names].filter((name) => name !== null).slice(0, MAX_VERSIONS);
	if (versions.length === 0) return {};
	const entries = versions.map((name) => {
		const ownTurns = turns.filter(({ version }) => version === name);
		const counts = { ...(name === first && getChatCounts(snapshot)), ...getTurnCounts(ownTurns) };
		const bins = { ...(name === first && getChatBins(snapshot)), ...getTurnBins(ownTurns) };
		return [name, { counts, bins }] as const;
	});
	return { versions: Object.fromEntries(entries) };
}

type Counts = Partial<Record<Counter, number>>;

const toNonzeroCounts = (counts: [Counter, number | boolean][]): Counts =>
	Object.fromEntries(
		counts.filter(([, count]) => count).map(([name, count]) => [name, Number(count)]),
	);

/** Each step of the funnel includes the later ones: a lead with contact details is engaged, a completed one has contact details. */
function getChatCounts(snapshot: Snapshot): Counts {
	const { completion_status: status, handoffs, lead } = snapshot;
	const hasContact = hasContactDetails(snapshot);
	const isComplete = status === 'complete';
	const stage = snapshot.outcome?.stage;
	return toNonzeroCounts([
		['sessions', 1],
		['ai_engaged', snapshot.ai_engaged],
		['complete', isComplete],
		['abandoned', status === 'abandoned'],
		['archived', snapshot.archive_status === 'archived'],
		['leads', lead !== null],
		[snapshot.qa_status, 1],
		['engaged', snapshot.ai_engaged || hasContact],
		['contact_given', hasContact],
		['completed', hasContact && isComplete],
		['delivered', hasContact && isComplete && snapshot.is_delivered],
		// Counted when the chat ends: storing a message should not also make its chat due for statistics.
		['messages', status === 'in_progress' ? 0 : snapshot.message_count],
		['handoffs', handoffs.length],
		['handoffs_taken', handoffs.filter(({ outcome }) => outcome === 'taken').length],
		['handoffs_missed', handoffs.filter(({ outcome }) => outcome === 'missed').length],
		// Won and lost leads also count as qualified.
		['qualified', stage !== undefined && stage !== 'disqualified'],
		['disqualified', stage === 'disqualified'],
		['won', stage === 'won'],
		['lost', stage === 'lost'],
	]);
}

const hasContactDetails = ({ lead }: Snapshot) =>
	Boolean(lead?.values['email'] ?? lead?.values['phone']);

const getTurnCounts = (turns: TurnFacts[]): Counts =>
	toNonzeroCounts([
		['turns', turns.length],
		['failed_turns', turns.filter(({ outcome }) => outcome !== 'ok').length],
		['fallback_turns', turns.filter(({ is_fallback }) => is_fallback).length],
	]);

type Bins = Contribution['bins'];

function addToBin(bins: Bins, histogram: Histogram, value: number): void {
	const bin = String(getBinIndex(histogram, value));
	const counts = (bins[histogram] ??= {});
	counts[bin] = (counts[bin] ?? 0) + 1;
}

function getChatBins({ handoffs, created_at, completed_at }: Snapshot): Bins {
	const bins: Bins = {};
	for (const { outcome, seconds } of handoffs) {
		if (outcome === 'taken' && seconds !== null) addToBin(bins, 'handoff_bins', seconds);
	}
	if (completed_at) {
		addToBin(bins, 'complete_bins', (completed_at.getTime() - created_at.getTime()) / 1000);
	}
	return bins;
}

/** Answer times exclude greetings, since many are fixed texts. */
function getTurnBins(turns: TurnFacts[]): Bins {
	const bins: Bins = {};
	for (const { outcome, action, answer_ms, first_byte_ms } of turns) {
		if (outcome !== 'ok' || action === 'start') continue;
		addToBin(bins, 'answer_bins', answer_ms);
		if (first_byte_ms !== null) addToBin(bins, 'first_byte_bins', first_byte_ms);
	}
	return bins;
}

function toKeyCounts(snapshot: Snapshot): Contribution['keys'] {
	const { completion_status: status, lead, greeting_variant } = snapshot;
	const isAbandoned = status === 'abandoned';
	const keys: [kind: string, key: string][] = Object.keys(lead?.values ?? {}).map((key) => [
		'captured',
		key,
	]);
	if (isAbandoned) {
		keys.push(
			['question', snapshot.last_question ?? ''],
			['abandoned_after', findLastCapturedField(snapshot)],
		);
	}
	if (status === 'complete') keys.push(['completed_after', findLastCapturedField(snapshot)]);
	if (greeting_variant !== null) keys.push(['greeting_opened', greeting_variant]);
	if (greeting_variant !== null && status === 'complete' && lead) {
		keys.push(['greeting_completed', greeting_variant]);
	}
	keys.push(...getArmKeys(snapshot));
	if (snapshot.outcome) {
		const { stage } = snapshot.outcome;
		const stages = stage === 'won' || stage === 'lost' ? ['qualified', stage] : [stage];
		for (const [kind, key] of getOutcomeKeys(snapshot)) {
			for (const outcomeStage of stages) keys.push([`${kind}_${outcomeStage}`, key]);
		}
	}
	for (const { reviewer, qa_status, reasons } of snapshot.reviews) {
		keys.push([`by_${qa_status}`, reviewer]);
		for (const reason of reasons) keys.push(['reason', reason]);
	}
	return countKeys(keys);
}

/** Counts by assigned arm, whichever AI answered. */
function getArmKeys(snapshot: Snapshot): [kind: string, key: string][] {
	const { challenger_id, arm, turns, qa_status } = snapshot;
	if (challenger_id === null || arm === null) return [];
	const isChampion = arm === 'champion';
	const ownTurns = turns.filter(({ is_challenger }) => is_challenger !== isChampion);
	const isComplete = snapshot.completion_status === 'complete' && hasContactDetails(snapshot);
	const counts: ArmCounts = {
		opened: 1,
		completed: Number(isComplete),
		won: Number(snapshot.outcome?.stage === 'won'),
		passed: Number(qa_status === 'passed'),
		reviewed: Number(qa_status !== 'unchecked'),
		turns: ownTurns.length,
		failed_turns: ownTurns.filter(({ outcome }) => outcome !== 'ok').length,
	};
	const key = toArmKey(challenger_id, isChampion ? 'champion' : 'challenger');
	return ARM_COUNTS.flatMap((name) =>
		Array.from({ length: counts[name] }, (): [string, string] => [`arm_${name}`, key]),
	);
}

/** Returns the keys by which lead outcomes are compared, besides source and site. */
function getOutcomeKeys({ lead, greeting_variant }: Snapshot): [kind: string, key: string][] {
	const score = lead?.score ?? 0;
	const band = SCORE_BANDS.findLast((from) => score >= from) ?? 0;
	return [
		['score', String(band)],
		...(greeting_variant === null ? [] : [['greeting', greeting_variant] as [string, string]]),
		...Object.keys(lead?.values ?? {}).map((key): [string, string] => ['captured', shorten(key)]),
	];
}

function toWonValue(snapshot: Snapshot): Pick<Contribution, 'won_value'> {
	const { stage, value = null, currency = null } = snapshot.outcome ?? {};
	if (stage !== 'won' || value === null || currency === null) return {};
	const { version } = snapshot;
	const keys = getOutcomeKeys(snapshot);
	if (version !== null) keys.push(['version', shorten(version)]);
	return { won_value: { value, currency, keys } };
}

/** Returns the most recently captured lead field; empty when the lead has none. */
function findLastCapturedField({ lead }: Snapshot): string {
	const captured = Object.keys(lead?.values ?? {}).map((key) => ({
		key,
		at: lead?.provenance[key]?.at ?? '',
	}));
	captured.sort((a, b) => (a.at === b.at ? (a.key < b.key ? -1 : 1) : a.at < b.at ? -1 : 1));
	return captured.at(-1)?.key ?? '';
}

const shorten = (key: string) => key.slice(0, MAX_KEY_LENGTH).toWellFormed();

function countKeys(keys: [kind: string, key: string][]): Contribution['keys'] {
	const counts = new Map<string, [string, string, number]>();
	for (const [kind, key] of keys) {
		const short = shorten(key);
		const entry = counts.get(`${kind}\n${short}`) ?? [kind, short, 0];
		entry[2] += 1;
		counts.set(`${kind}\n${short}`, entry);
	}
	return [...counts.values()].sort((a, b) => (`${a[0]}\n${a[1]}` < `${b[0]}\n${b[1]}` ? -1 : 1));
}
