import { formatCount } from '#lib/client/format/numbers.ts';
import { MAX_COUNT, type Overview } from '#lib/contract/overview.ts';

type Attention = Overview['needs_attention'];

export interface RailCount {
	number: number;
	label: string;
}

/** Counts failures and overdue leads by the page where they are handled. */
export function attentionCounts(attention: Attention | undefined): Record<string, RailCount> {
	if (!attention) return {};
	const { unresolved_errors, failed_deliveries, overdue_leads } = attention;
	const failures = unresolved_errors + failed_deliveries;
	return {
		...(failures > 0 && {
			'/automation': { number: failures, label: `${atMost(failures)} failed` },
		}),
		...(overdue_leads > 0 && {
			'/leads': { number: overdue_leads, label: `${atMost(overdue_leads)} overdue` },
		}),
	};
}

/** "12", or "1,000+" where the count stops there. */
export const atMost = (count: number) =>
	count >= MAX_COUNT ? `${formatCount(MAX_COUNT)}+` : formatCount(count);

/** `bad`: something failed, or a visitor is waiting. `warn`: look at it soon. `none`: no hurry. */
type Urgency = 'bad' | 'warn' | 'none';

export interface AttentionItem {
	kind: keyof Attention;
	count: number;
	text: string;
	href: string;
	urgency: Urgency;
}

const item = (
	kind: keyof Attention,
	[one, many]: [one: string, many: string],
	href: string,
	urgency: Urgency = 'none',
) => ({ kind, one, many, href, urgency });

const ITEMS = [
	item(
		'waiting_visitors',
		['visitor waiting for a person', 'visitors waiting for a person'],
		'/inbox?attention=waiting',
		'bad',
	),
	item('overdue_leads', ['overdue lead', 'overdue leads'], '/leads?overdue=true', 'bad'),
	item(
		'failed_deliveries',
		['failed delivery', 'failed deliveries'],
		'/automation/deliveries?status=failed',
		'bad',
	),
	item('unresolved_errors', ['unresolved error', 'unresolved errors'], '/automation', 'bad'),
	item('open_issues', ['open review issue', 'open review issues'], '/review?tab=issue', 'bad'),
	item(
		'rescued_chats',
		['chat answered by the built-in AI', 'chats answered by the built-in AI'],
		'/inbox?attention=rescued',
		'warn',
	),
	item(
		'claimed_completions',
		['completion claimed, details missing', 'completions claimed, details missing'],
		'/inbox?attention=claimed',
		'warn',
	),
	item(
		'withdrawn_leads',
		['withdrawn lead, chat in progress again', 'withdrawn leads, chats in progress again'],
		'/inbox?attention=withdrawn',
	),
	item(
		'pending_updates',
		['delivered lead with an update pending', 'delivered leads with an update pending'],
		'/leads?delivery=update_pending',
	),
	item('unchecked_completed', ['completed chat to review', 'completed chats to review'], '/review'),
];

/** Lists what needs attention, most urgent first. */
export const attentionItems = (attention: Attention): AttentionItem[] =>
	ITEMS.flatMap(({ kind, one, many, href, urgency }) => {
		const count = attention[kind];
		return count > 0 ? [{ kind, count, text: count === 1 ? one : many, href, urgency }] : [];
	});
