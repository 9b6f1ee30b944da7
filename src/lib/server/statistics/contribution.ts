import type { Contribution } from '../core/db/schema/index.ts';
import { binOf } from './bins.ts';
import { bucketOf, QUARTER, type Counter, type Histogram } from './counters.ts';
import type { Facts } from './read-facts.ts';
import { sourceOf } from './source.ts';

const LONGEST_KEY = 120;

/** As what a chat session is counted: a function of its facts alone, so that a recount gives the same. */
export function contributionOf(facts: Facts): Contribution {
	return {
		site_id: facts.site_id,
		bucket_at: new Date(bucketOf(facts.created_at.getTime(), QUARTER)).toISOString(),
		...sourceOf(facts.context),
		counts: countsOf(facts),
		bins: binsOf(facts),
		keys: keysOf(facts),
	};
}

/** The funnel's steps hold each other: contact is given by the engaged, completed counts those with contact. */
function countsOf(facts: Facts): Partial<Record<Counter, number>> {
	const { completion_status: status, turns, lead } = facts;
	const hasContact = Boolean(lead?.values['email'] ?? lead?.values['phone']);
	const isComplete = status === 'complete';
	const counts: [Counter, number | boolean][] = [
		['sessions', 1],
		['ai_engaged', facts.ai_engaged],
		['complete', isComplete],
		['abandoned', status === 'abandoned'],
		['archived', facts.archive_status === 'archived'],
		['leads', lead !== null],
		[facts.qa_status, 1],
		['engaged', facts.ai_engaged || hasContact],
		['contact_given', hasContact],
		['completed', hasContact && isComplete],
		['delivered', hasContact && isComplete && facts.is_delivered],
		// While a chat goes on nobody notes its messages here: storing them is not to wait for this.
		['messages', status === 'in_progress' ? 0 : facts.message_count],
		['turns', turns.length],
		['failed_turns', turns.filter(({ outcome }) => outcome !== 'ok').length],
		['fallback_turns', turns.filter(({ is_fallback }) => is_fallback).length],
	];
	return Object.fromEntries(
		counts.filter(([, count]) => count).map(([name, count]) => [name, Number(count)]),
	);
}

/** Greetings are left out of the answer times: many are fixed texts, made in no time. */
function binsOf({ turns, created_at, completed_at }: Facts): Contribution['bins'] {
	const bins: Contribution['bins'] = {};
	const add = (histogram: Histogram, value: number) => {
		const bin = String(binOf(histogram, value));
		const counts = (bins[histogram] ??= {});
		counts[bin] = (counts[bin] ?? 0) + 1;
	};
	for (const turn of turns.filter(
		({ outcome, action }) => outcome === 'ok' && action !== 'start',
	)) {
		add('answer_bins', turn.answer_ms);
		if (turn.first_byte_ms !== null) add('first_byte_bins', turn.first_byte_ms);
	}
	if (completed_at) {
		add('complete_bins', (completed_at.getTime() - created_at.getTime()) / 1000);
	}
	return bins;
}

function keysOf(facts: Facts): Contribution['keys'] {
	const { completion_status: status, lead, greeting_variant } = facts;
	const isAbandoned = status === 'abandoned';
	const named: [kind: string, key: string][] = Object.keys(lead?.values ?? {}).map((key) => [
		'captured',
		key,
	]);
	if (isAbandoned) {
		named.push(['question', facts.last_question ?? ''], ['abandoned_after', lastField(facts)]);
	}
	if (status === 'complete') named.push(['completed_after', lastField(facts)]);
	if (greeting_variant !== null) named.push(['greeting_opened', greeting_variant]);
	if (greeting_variant !== null && status === 'complete' && lead) {
		named.push(['greeting_completed', greeting_variant]);
	}
	for (const { reviewer, qa_status, reasons } of facts.reviews) {
		named.push([`by_${qa_status}`, reviewer]);
		for (const reason of reasons) named.push(['reason', reason]);
	}
	return summed(named);
}

/** The field that was given last; empty when nothing is known. */
function lastField({ lead }: Facts): string {
	const given = Object.keys(lead?.values ?? {}).map((key) => ({
		key,
		at: lead?.provenance[key]?.at ?? '',
	}));
	given.sort((a, b) => (a.at === b.at ? (a.key < b.key ? -1 : 1) : a.at < b.at ? -1 : 1));
	return given.at(-1)?.key ?? '';
}

function summed(named: [kind: string, key: string][]): Contribution['keys'] {
	const counts = new Map<string, [string, string, number]>();
	for (const [kind, key] of named) {
		const short = key.slice(0, LONGEST_KEY).toWellFormed();
		const entry = counts.get(`${kind}\n${short}`) ?? [kind, short, 0];
		entry[2] += 1;
		counts.set(`${kind}\n${short}`, entry);
	}
	return [...counts.values()].sort((a, b) => (`${a[0]}\n${a[1]}` < `${b[0]}\n${b[1]}` ? -1 : 1));
}
