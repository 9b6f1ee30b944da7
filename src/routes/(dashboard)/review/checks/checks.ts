import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import { MIN_REVIEWED_FLAGS, MIN_PRECISION, type CheckSummary } from '#lib/contract/check.ts';

type Figures = Pick<CheckSummary, 'confirmed' | 'rejected' | 'precision'>;
type SiteCheck = CheckSummary['sites'][number];

const CHECK_EVENTS: ReadonlySet<LiveEvent['name']> = new Set([
	'session.flagged',
	'flag.dismissed',
	'flag.restored',
	'review.submitted',
	'session.deleted',
	'site.updated',
] as const);

/** Returns whether an event may change the figures or the state of a check. */
export const changesChecks = ({ name }: LiveEvent): boolean => CHECK_EVENTS.has(name);

/** Returns the color of a precision; neutral until there are enough decisions. */
export function getPrecisionColor({ confirmed, rejected, precision }: Figures): string {
	if (precision === null || confirmed + rejected < MIN_REVIEWED_FLAGS) return 'text-ink-2';
	return precision < MIN_PRECISION ? 'text-bad' : 'text-ok';
}

/** An admin's choice for a site; `auto` follows the precision. */
export type Override = 'auto' | 'on' | 'off';
export const getOverride = ({ switched }: SiteCheck): Override =>
	switched === null ? 'auto' : switched ? 'on' : 'off';

/** Returns the options for a site; `auto` shows its current effect. */
export const getOverrideOptions = ({
	is_on,
	switched,
}: SiteCheck): { value: Override; label: string }[] => [
	{
		value: 'auto',
		label: switched === null ? `Automatic (${is_on ? 'on' : 'off'})` : 'Automatic',
	},
	{ value: 'on', label: 'On' },
	{ value: 'off', label: 'Off' },
];
