import type { VisitorContext } from '#lib/contract/visitor-context.ts';

const NETWORKS = [
	['gclid', 'google'],
	['gbraid', 'google'],
	['wbraid', 'google'],
	['dclid', 'google'],
	['fbclid', 'facebook'],
	['msclkid', 'bing'],
	['ttclid', 'tiktok'],
	['twclid', 'twitter'],
	['li_fat_id', 'linkedin'],
	['rdt_cid', 'reddit'],
	['epik', 'pinterest'],
	['yclid', 'yandex'],
	['ScCid', 'snapchat'],
	['srsltid', 'google'],
	['igshid', 'instagram'],
	['obclid', 'outbrain'],
	['dicbo', 'outbrain'],
	['tblci', 'taboola'],
] as const;

/** Counters outlive the visitor, so an address that a link puts here is not counted by. */
const tidy = (text: string | undefined, most: number) =>
	text?.includes('@') ? '' : (text?.trim().toLowerCase().slice(0, most).toWellFormed() ?? '');

/** Where a visitor came from: the named source, else the network of a click id, else the page before, else `direct`. */
export function sourceOf(context: VisitorContext): { source: string; campaign: string } {
	const network = NETWORKS.find(([id]) => context[id])?.[1];
	const source = tidy(context.utm_source, 80) || network || refererOf(context) || 'direct';
	return { source, campaign: tidy(context.utm_campaign, 120) };
}

function refererOf({ referrer, landing_url, page_url }: VisitorContext): string {
	const host = hostOf(referrer);
	return host === hostOf(landing_url ?? page_url) ? '' : host.slice(0, 80);
}

function hostOf(url: string | undefined): string {
	return url !== undefined && URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : '';
}
