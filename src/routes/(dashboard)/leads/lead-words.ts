import { shortUrl } from '#lib/client/format/addresses.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';

export const leadName = ({ name, email, phone }: Pick<LeadItem, 'name' | 'email' | 'phone'>) =>
	name ?? email ?? phone ?? 'No name yet';

/** Source and campaign, or where the visitor came from. */
export function sourceOf({ source }: Pick<LeadItem, 'source'>): string {
	const told = [source.utm_source, source.utm_campaign].filter(Boolean).join(' · ');
	return told || (source.referrer ? shortUrl(source.referrer) : 'Direct');
}
