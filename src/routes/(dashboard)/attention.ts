import { formatCount } from '#lib/client/format/numbers.ts';
import { MOST_COUNTED, type Overview } from '#lib/contract/overview.ts';

type Attention = Overview['needs_attention'];

export interface RailCount {
	number: number;
	words: string;
}

/** What waits for somebody, by the page where it is dealt with: failures and promises, not everyday work. */
export function attentionCounts(attention: Attention | undefined): Record<string, RailCount> {
	if (!attention) return {};
	const { unresolved_errors, failed_deliveries, overdue_leads } = attention;
	const failures = unresolved_errors + failed_deliveries;
	return {
		...(failures > 0 && {
			'/automation': { number: failures, words: `${atMost(failures)} failed` },
		}),
		...(overdue_leads > 0 && {
			'/leads': { number: overdue_leads, words: `${atMost(overdue_leads)} overdue` },
		}),
	};
}

/** "12", or "1,000+" where nobody counted further. */
export const atMost = (count: number) =>
	count >= MOST_COUNTED ? `${formatCount(MOST_COUNTED)}+` : formatCount(count);

export interface AttentionItem {
	kind: keyof Attention;
	count: number;
	text: string;
	href: string;
}

const ITEMS: { kind: keyof Attention; one: string; many: string; href: string }[] = [
	{
		kind: 'overdue_leads',
		one: 'lead is overdue',
		many: 'leads are overdue',
		href: '/leads',
	},
	{
		kind: 'failed_deliveries',
		one: 'delivery failed',
		many: 'deliveries failed',
		href: '/automation/deliveries?status=failed',
	},
	{
		kind: 'unresolved_errors',
		one: 'automation error is unresolved',
		many: 'automation errors are unresolved',
		href: '/automation',
	},
	{
		kind: 'open_issues',
		one: 'issue is open',
		many: 'issues are open',
		href: '/inbox?qa_status=issue',
	},
	{
		kind: 'unchecked_completed',
		one: 'completed chat waits for review',
		many: 'completed chats wait for review',
		href: '/review',
	},
];

/** What needs attention, the most pressing first; nothing when all is clear. */
export const attentionItems = (attention: Attention): AttentionItem[] =>
	ITEMS.flatMap(({ kind, one, many, href }) => {
		const count = attention[kind];
		return count > 0 ? [{ kind, count, text: count === 1 ? one : many, href }] : [];
	});
