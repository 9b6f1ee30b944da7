import { sql, type SQL } from 'drizzle-orm';
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

const DIRECT = 'direct';

/** Returns whether a source is one of Frontdesk's own names, which reveals nothing about a visitor. */
export const isCommonSource = (source: string): boolean =>
	source === DIRECT || NETWORKS.some(([, network]) => network === source);

/**
 * Trims, lowercases and truncates a value. Drops one with an email address, because counters are kept longer than personal
 * data.
 */
const normalize = (text: string | undefined, maxLength: number) =>
	text?.includes('@') ? '' : (text?.trim().toLowerCase().slice(0, maxLength).toWellFormed() ?? '');

/** Returns where a visitor came from: `utm_source`, else the network of a click id, else the referring host, else `direct`. */
export function getSource(context: VisitorContext): { source: string; campaign: string } {
	const network = NETWORKS.find(([id]) => context[id])?.[1];
	const source = normalize(context.utm_source, 80) || network || getReferrerHost(context) || DIRECT;
	return { source, campaign: normalize(context.utm_campaign, 120) };
}

const NAMED_NETWORKS = [
	...new Set([...NETWORKS.map(([, network]) => network), 'duckduckgo', 'yahoo', 'youtube']),
];
/** "google.com", "google.co.uk", "l.facebook.com", "out.reddit.com" */
const NETWORK_HOST = `^(?:(?:m|l|lm|out|search|trc|paid)[.])?(${NAMED_NETWORKS.join('|')})[.](?:com?[.])?[a-z]{2,3}$`;

/** "com.facebook.katana": Android apps send their id as the referrer, "android-app://com.facebook.katana/". */
const NETWORK_APP = `^com[.](${NAMED_NETWORKS.join('|')})(?:[.](?:android|frontpage|katana)(?:[.]googlequicksearchbox)?)?$`;

/** Hosts that don't contain the name of their network. */
const OTHER_HOSTS = new Map([
	['t.co', 'twitter'],
	['x.com', 'twitter'],
	['lnkd.in', 'linkedin'],
]);
const OTHER_HOSTS_JSON = JSON.stringify(Object.fromEntries(OTHER_HOSTS));

// Compiled once, because a list of leads has many sources. Postgres uses the strings above.
const NETWORK_HOST_PATTERN = new RegExp(NETWORK_HOST);
const NETWORK_APP_PATTERN = new RegExp(NETWORK_APP);

/**
 * Returns the name under which a counted source is shown: a host or an app of a network becomes the network, so that visits from Google
 * with and without `utm_source=google` are one source.
 */
export const selectSourceName = (source: SQL): SQL =>
	sql`coalesce(${OTHER_HOSTS_JSON}::jsonb ->> ${source}, substring(${source} from ${NETWORK_HOST}::text),
		substring(${source} from ${NETWORK_APP}::text), ${source})`;

/** Returns the name of a visitor's source, as `selectSourceName` does. */
export function getSourceName(context: VisitorContext): string {
	const { source } = getSource(context);
	return (
		OTHER_HOSTS.get(source) ??
		NETWORK_HOST_PATTERN.exec(source)?.[1] ??
		NETWORK_APP_PATTERN.exec(source)?.[1] ??
		source
	);
}

function getReferrerHost({ referrer, landing_url, page_url }: VisitorContext): string {
	const host = getHost(referrer);
	return host === getHost(landing_url ?? page_url) ? '' : host.slice(0, 80);
}

function getHost(url: string | undefined): string {
	return url !== undefined && URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : '';
}
