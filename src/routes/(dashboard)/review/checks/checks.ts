import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import { MIN_JUDGED, MIN_PRECISION, type CheckSummary } from '#lib/contract/check.ts';

type Figures = Pick<CheckSummary, 'confirmed' | 'rejected' | 'precision'>;
type OfSite = CheckSummary['sites'][number];

const CONCERNED: ReadonlySet<LiveEvent['name']> = new Set([
	'session.flagged',
	'flag.dismissed',
	'flag.restored',
	'review.submitted',
	'session.deleted',
	'site.updated',
] as const);

/** Whether an event may change the figures or the state of a check. */
export const changesChecks = ({ name }: LiveEvent): boolean => CONCERNED.has(name);

/** The color of a precision that has enough decisions behind it. */
export function precisionTone({ confirmed, rejected, precision }: Figures): string {
	if (precision === null || confirmed + rejected < MIN_JUDGED) return 'text-ink-2';
	return precision < MIN_PRECISION ? 'text-bad' : 'text-ok';
}

/** What an admin sets for a site; `auto` follows the precision. */
export type Switch = 'auto' | 'on' | 'off';
export const switchOf = ({ switched }: OfSite): Switch =>
	switched === null ? 'auto' : switched ? 'on' : 'off';

/** The options of a site, with what `auto` means now. */
export const SWITCHES = ({ is_on, switched }: OfSite): { value: Switch; label: string }[] => [
	{
		value: 'auto',
		label: switched === null ? `Automatic (${is_on ? 'on' : 'off'})` : 'Automatic',
	},
	{ value: 'on', label: 'On' },
	{ value: 'off', label: 'Off' },
];
