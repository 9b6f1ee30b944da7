import { z } from 'zod';
import { reasonLabels } from '#lib/client/reviews/review-labels.ts';
import { webhookLabels } from '#lib/contract/all-events.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { capitalize } from '#lib/contract/constants.ts';
import type { Wording } from '#lib/contract/define-event.ts';
import { auditAction, events, type AuditAction } from '#lib/contract/events.ts';

/** Returns the text that follows the actor's name, and the name of the target, which may be a link. */
export function describeAction({ action, detail, target }: AuditEntry): {
	text: string;
	target: string;
} {
	const wording = getWording(action, detail);
	return target && TARGET.test(wording)
		? { text: wording.replace(TARGET, ''), target: target.name }
		: { text: removeTarget(wording), target: '' };
}

/** The pages of targets, by type. Pages that can be deleted are omitted, so that links of old entries work. */
const TARGET_PAGES: Record<string, (id: string) => string> = {
	site: (key) => `/settings/sites/${key}`,
	user: () => '/settings/users',
	invitation: () => '/settings/users',
	api_key: () => '/settings/api-keys',
	canned_reply: () => '/settings/canned-replies',
	mail: () => '/settings/mail',
	suite: () => '/suites',
};

/** Returns the page that shows an entry's target, if there is one. */
export function findTargetPage({ target }: AuditEntry): string | undefined {
	if (!target || !Object.hasOwn(TARGET_PAGES, target.type)) return undefined;
	return TARGET_PAGES[target.type]?.(encodeURIComponent(target.id));
}

const TARGET = / \{target\}$/;
const removeTarget = (wording: string) => wording.replace(/( of| for| to| the|:)? \{target\}$/, '');

function getWording(action: AuditAction, detail: AuditEntry['detail']): string {
	const wording: NonNullable<Wording['audit']> = events[action].audit;
	return typeof wording === 'function' ? wording(detail) : wording;
}

/** Returns an action's label in the filter: "Created an API key". */
function getActionLabel(action: AuditAction): string {
	const wording = getWording(action, {}).replace(
		/ the (\w)((?:(?! of| to| for).)*) \{target\}$/,
		(_, first: string, rest: string) =>
			` ${/[aeiou]/i.test(first) ? 'an' : 'a'} ${first}${rest} {target}`,
	);
	return capitalize(removeTarget(wording));
}

export const ACTIONS = auditAction.options
	.map((value) => ({ value, label: getActionLabel(value) }))
	.sort((a, b) => a.label.localeCompare(b.label));

/** Details that the action's text already includes. */
const OMITTED_DETAILS = new Set(['contacted', 'others']);
const DETAIL_LABELS: Record<string, string> = {
	http_status: 'status',
	url: 'URL',
	qa_status: 'decision',
	is_waiting: 'waiting for a person',
	has_email: 'email address known',
	has_phone: 'phone number known',
};

const isEmptyValue = (value: unknown) =>
	value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Describes what an action changed: "Role: agent → admin". */
export function describeDetail({ detail }: AuditEntry): string {
	return Object.entries(detail)
		.filter(([key, value]) => !OMITTED_DETAILS.has(key) && !isEmptyValue(value))
		.map(([key, value]) => {
			const label = capitalize(DETAIL_LABELS[key] ?? key.replaceAll('_', ' '));
			if (value === true) return label;
			const text = formatValue(value);
			return `${label}: ${key === 'changed' ? text.replaceAll('_', ' ') : text}`;
		})
		.join(' · ');
}

const change = z.object({ from: z.unknown(), to: z.unknown() });
/** Names of values, such as `lead.completed` and `too_pushy`. */
const valueLabels: Record<string, string> = { ...webhookLabels, ...reasonLabels };

function formatValue(value: unknown): string {
	if (value === false) return 'no';
	if (Array.isArray(value)) return value.map(formatValue).join(', ');
	const { data } = change.safeParse(value);
	if (data) return `${String(data.from)} → ${String(data.to)}`;
	if (typeof value === 'object' && value !== null) return JSON.stringify(value);
	const text = String(value);
	return (Object.hasOwn(valueLabels, text) ? valueLabels[text] : undefined)?.toLowerCase() ?? text;
}
