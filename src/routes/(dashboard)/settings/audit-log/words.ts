import { z } from 'zod';
import { REASONS } from '#lib/client/reviews/review-labels.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { Wording } from '#lib/contract/define-event.ts';
import { auditAction, events, type AuditAction } from '#lib/contract/events.ts';

/** The words after the actor's name, with the name of what it was done to apart. */
export function actWords({ action, detail, target }: AuditEntry): { act: string; target: string } {
	const words = wordsOf(action, detail);
	return target && TARGET.test(words)
		? { act: words.replace(TARGET, ''), target: target.name }
		: { act: withoutTarget(words), target: '' };
}

const TARGET = / \{target\}$/;
const withoutTarget = (words: string) => words.replace(/( of| to| the|:)? \{target\}$/, '');

function wordsOf(action: AuditAction, detail: AuditEntry['detail']): string {
	const words: NonNullable<Wording['audit']> = events[action].audit;
	return typeof words === 'function' ? words(detail) : words;
}

/** For choosing one kind of act: "Changed the role". */
function labelOf(action: AuditAction): string {
	const words = withoutTarget(wordsOf(action, {}));
	return words.charAt(0).toUpperCase() + words.slice(1);
}

export const ACTIONS = auditAction.options
	.map((value) => ({ value, label: labelOf(value) }))
	.sort((a, b) => a.label.localeCompare(b.label));

/** What the act already says. */
const SAID = new Set(['contacted', 'others']);
const LABELS: Record<string, string> = { qa_status: 'to', http_status: 'status' };

const isNothing = (value: unknown) =>
	value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** What an act changed, in a line: "role agent → admin". */
export function detailWords({ detail }: AuditEntry): string {
	return Object.entries(detail)
		.filter(([key, value]) => !SAID.has(key) && !isNothing(value))
		.map(([key, value]) =>
			value === true
				? key.replaceAll('_', ' ')
				: `${LABELS[key] ?? key.replaceAll('_', ' ')} ${valueWords(value)}`,
		)
		.join(' · ');
}

const change = z.object({ from: z.unknown(), to: z.unknown() });
const isReason = (value: string): value is keyof typeof REASONS => Object.hasOwn(REASONS, value);

function valueWords(value: unknown): string {
	if (Array.isArray(value)) return value.map(valueWords).join(', ');
	const { data } = change.safeParse(value);
	if (data) return `${String(data.from)} → ${String(data.to)}`;
	if (typeof value === 'object' && value !== null) return JSON.stringify(value);
	const text = String(value);
	return isReason(text) ? REASONS[text].toLowerCase() : text;
}
