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

export interface AttentionItem {
	kind: keyof Attention;
	count: number;
	text: string;
	href: string;
}

const ITEMS: { kind: keyof Attention; one: string; many: string; href: string }[] = [
	{
		kind: 'overdue_leads',
		one: 'overdue lead',
		many: 'overdue leads',
		href: '/leads?overdue=true',
	},
	{
		kind: 'failed_deliveries',
		one: 'failed delivery',
		many: 'failed deliveries',
		href: '/automation/deliveries?status=failed',
	},
	{
		kind: 'unresolved_errors',
		one: 'unresolved error',
		many: 'unresolved errors',
		href: '/automation',
	},
	{
		kind: 'open_issues',
		one: 'open review issue',
		many: 'open review issues',
		href: '/review?tab=issue',
	},
	{
		kind: 'unchecked_completed',
		one: 'completed chat to review',
		many: 'completed chats to review',
		href: '/review',
	},
];

/** Lists what needs attention, most urgent first. */
export const attentionItems = (attention: Attention): AttentionItem[] =>
	ITEMS.flatMap(({ kind, one, many, href }) => {
		const count = attention[kind];
		return count > 0 ? [{ kind, count, text: count === 1 ? one : many, href }] : [];
	});
