import { z } from 'zod';
import { auditAction, type AuditAction, type AuditEntry } from '$lib/contract/audit-entry';

/** "user.role_changed" as "User: role changed". */
export function actionWords(action: AuditAction): string {
	const [noun = '', act = ''] = action.split('.').map((part) => part.replaceAll('_', ' '));
	return `${noun.charAt(0).toUpperCase()}${noun.slice(1).replace('api', 'API')}: ${act}`.replace(
		'Api',
		'API',
	);
}

export const ACTIONS = auditAction.options.map((value) => ({ value, label: actionWords(value) }));

/** What an act changed, in a line: "role agent → admin". */
export function detailWords({ detail }: AuditEntry): string {
	return Object.entries(detail)
		.filter(([, value]) => !(Array.isArray(value) && value.length === 0))
		.map(([key, value]) => `${key.replaceAll('_', ' ')} ${valueWords(value)}`)
		.join(' · ');
}

const change = z.object({ from: z.unknown(), to: z.unknown() });

function valueWords(value: unknown): string {
	if (Array.isArray(value)) return value.map(String).join(', ');
	const { data } = change.safeParse(value);
	if (data) return `${String(data.from)} → ${String(data.to)}`;
	return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
