import type { AuditAction } from '#lib/contract/audit-entry.ts';
import type { LiveSocket } from './live-socket.svelte.ts';

const TOGETHER_MS = 300;

/**
 * Calls back when the audit log has an act that concerns the page, several at once as one, and when some may have been
 * missed. For pages of settings, which change seldom: they are fetched again.
 */
export function onActs(
	live: LiveSocket,
	isConcerned: (action: AuditAction) => boolean,
	refresh: () => void,
): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const soon = () => (timer ??= setTimeout(run, TOGETHER_MS));
	const run = () => {
		timer = undefined;
		refresh();
	};
	const stops = [
		live.subscribe((facts) => {
			if (facts.some((fact) => fact.name === 'audit.added' && isConcerned(fact.payload.action)))
				soon();
		}),
		live.onConnected(soon),
		() => clearTimeout(timer),
	];
	return () => stops.forEach((stop) => stop());
}
