import type { Lead } from '#lib/contract/lead.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** So near to its end a promise wants attention. */
const SOON_MS = 2 * HOUR;

export type PromiseState =
	{ is: 'none' } | { is: 'kept' | 'open' | 'soon' | 'overdue'; words: string };

/** How a lead's promise stands at this moment; nothing before the chat is complete. */
export function promiseOf(
	lead: Pick<Lead, 'promise_due_at' | 'first_contact_at'>,
	now: number,
): PromiseState {
	if (lead.first_contact_at) return { is: 'kept', words: 'Contacted' };
	if (!lead.promise_due_at) return { is: 'none' };
	const left = Date.parse(lead.promise_due_at) - now;
	if (left <= 0) return { is: 'overdue', words: `Overdue ${span(-left)}` };
	return { is: left < SOON_MS ? 'soon' : 'open', words: `${span(left)} left` };
}

/** "5 min", "3 h", "2 d". */
function span(ms: number): string {
	if (ms < HOUR) return `${Math.max(1, Math.floor(ms / MINUTE))} min`;
	return ms < 48 * HOUR ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / (24 * HOUR))} d`;
}
