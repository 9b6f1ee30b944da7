import { formatCount } from '#lib/numbers.ts';
import { MAX_COUNT } from '#lib/contract/constants.ts';
import type { Overview } from '#lib/contract/overview.ts';

type Attention = Overview['needs_attention'];

export interface RailCount {
	number: number;
	label: string;
	/** Failures are shown in red; other counts are open tasks. */
	isFailure: boolean;
}

/** Returns counts of items that need attention, by page. */
export function countAttention(attention: Attention | undefined): Record<string, RailCount> {
	if (!attention) return {};
	const { waiting_visitors, to_review, overdue_leads } = attention;
	const failures = attention.unresolved_errors + attention.failed_deliveries;
	const counts: [href: string, number: number, status: string, isFailure?: boolean][] = [
		['/inbox', waiting_visitors, 'waiting for a person'],
		['/review', to_review, 'to review'],
		['/leads', overdue_leads, 'overdue'],
		['/automation', failures, 'failed', true],
	];
	return Object.fromEntries(
		counts
			.filter(([, number]) => number > 0)
			.map(([href, number, status, isFailure = false]) => [
				href,
				{ number, label: `${formatCappedCount(number)} ${status}`, isFailure },
			]),
	);
}

/** "12", or "1,000+" for capped counts. */
export const formatCappedCount = (count: number) =>
	count >= MAX_COUNT ? `${formatCount(MAX_COUNT)}+` : formatCount(count);

/** `bad`: something failed or a visitor is waiting. `warn`: needs attention soon. `none`: not urgent. */
type Urgency = 'bad' | 'warn' | 'none';

/** The counts shown on the overview; each links to a list with exactly that many rows. */
type AttentionKind = Exclude<keyof Attention, 'unchecked_completed'>;

export interface AttentionItem {
	kind: AttentionKind;
	count: number;
	text: string;
	href: string;
	urgency: Urgency;
}

const createItem = (
	kind: AttentionKind,
	[singular, plural]: [singular: string, plural: string],
	href: string,
	urgency: Urgency = 'none',
) => ({ kind, singular, plural, href, urgency });

const ITEMS = [
	createItem(
		'waiting_visitors',
		['visitor waiting for a person', 'visitors waiting for a person'],
		'/inbox?attention=waiting',
		'bad',
	),
	createItem('overdue_leads', ['overdue lead', 'overdue leads'], '/leads?tab=overdue', 'bad'),
	createItem(
		'failed_deliveries',
		['failed delivery', 'failed deliveries'],
		'/automation/deliveries?status=failed',
		'bad',
	),
	createItem('unresolved_errors', ['unresolved error', 'unresolved errors'], '/automation', 'bad'),
	createItem(
		'open_issues',
		['open review issue', 'open review issues'],
		'/review?tab=issue',
		'bad',
	),
	createItem(
		'rescued_chats',
		['chat where the AI failed', 'chats where the AI failed'],
		'/inbox?attention=rescued',
		'warn',
	),
	createItem(
		'claimed_completions',
		['chat missing details', 'chats missing details'],
		'/inbox?attention=claimed',
		'warn',
	),
	createItem(
		'withdrawn_leads',
		['undone completion', 'undone completions'],
		'/inbox?attention=withdrawn',
	),
	createItem(
		'pending_updates',
		['delivered lead with an update pending', 'delivered leads with an update pending'],
		'/leads?tab=all&delivery=update_pending',
	),
	createItem('to_review', ['chat to review', 'chats to review'], '/review'),
];

/** Lists what needs attention, most urgent first. */
export const listAttention = (attention: Attention): AttentionItem[] =>
	ITEMS.flatMap(({ kind, singular, plural, href, urgency }) => {
		const count = attention[kind];
		return count > 0 ? [{ kind, count, text: count === 1 ? singular : plural, href, urgency }] : [];
	});
