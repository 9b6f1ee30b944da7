import { z } from 'zod';
import { reasonLabels } from '#lib/client/reviews/review-labels.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { Wording } from '#lib/contract/define-event.ts';
import { auditAction, events, type AuditAction } from '#lib/contract/events.ts';

/** The words after the actor's name, with the name of what it was done to apart. */
export function actionText({ action, detail, target }: AuditEntry): {
	act: string;
	target: string;
} {
	const words = wordsOf(action, detail);
	return target && TARGET.test(words)
		? { act: words.replace(TARGET, ''), target: target.name }
		: { act: withoutTarget(words), target: '' };
}

const TARGET = / \{target\}$/;
const withoutTarget = (words: string) => words.replace(/( of| for| to| the|:)? \{target\}$/, '');

function wordsOf(action: AuditAction, detail: AuditEntry['detail']): string {
	const words: NonNullable<Wording['audit']> = events[action].audit;
	return typeof words === 'function' ? words(detail) : words;
}

/** Returns an action's label in the filter: "Created an API key". */
function labelOf(action: AuditAction): string {
	const general = wordsOf(action, {}).replace(
		/ the (\w)((?:(?! of| to| for).)*) \{target\}$/,
		(_, first: string, rest: string) =>
			` ${/[aeiou]/i.test(first) ? 'an' : 'a'} ${first}${rest} {target}`,
	);
	const words = withoutTarget(general);
	return words.charAt(0).toUpperCase() + words.slice(1);
}

export const ACTIONS = auditAction.options
	.map((value) => ({ value, label: labelOf(value) }))
	.sort((a, b) => a.label.localeCompare(b.label));

/** Details that the action's words already include. */
const IMPLIED = new Set(['contacted', 'others']);
const LABELS: Record<string, string> = { qa_status: 'to', http_status: 'status' };

const isNothing = (value: unknown) =>
	value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Describes what an action changed: "role agent → admin". */
export function detailText({ detail }: AuditEntry): string {
	return Object.entries(detail)
		.filter(([key, value]) => !IMPLIED.has(key) && !isNothing(value))
		.map(([key, value]) =>
			value === true
				? key.replaceAll('_', ' ')
				: `${LABELS[key] ?? key.replaceAll('_', ' ')} ${valueText(value)}`,
		)
		.join(' · ');
}

const change = z.object({ from: z.unknown(), to: z.unknown() });
const isReason = (value: string): value is keyof typeof reasonLabels =>
	Object.hasOwn(reasonLabels, value);

function valueText(value: unknown): string {
	if (Array.isArray(value)) return value.map(valueText).join(', ');
	const { data } = change.safeParse(value);
	if (data) return `${String(data.from)} → ${String(data.to)}`;
	if (typeof value === 'object' && value !== null) return JSON.stringify(value);
	const text = String(value);
	return isReason(text) ? reasonLabels[text].toLowerCase() : text;
}
