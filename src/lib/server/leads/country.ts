import { getCountries, isSupportedCountry, type CountryCode } from 'libphonenumber-js/max';
import { eq } from 'drizzle-orm';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, sites } from '../core/db/schema/index.ts';

let byZone: ReadonlyMap<string, CountryCode> | undefined;

/**
 * The country whose national phone numbers a visitor writes: the site's own, else that of the visitor's time zone, else
 * the region of their language. Undefined when nothing says so.
 */
export function guessCountry(
	siteCountry: string | null,
	context: Pick<VisitorContext, 'time_zone' | 'language'> = {},
): CountryCode | undefined {
	if (siteCountry && isSupportedCountry(siteCountry)) return siteCountry;
	return countryOfZone(context.time_zone) ?? countryOfLanguage(context.language);
}

/** The same for a chat session, by its row id. */
export async function findCountry(
	ctx: Ctx,
	chatSessionId: number,
): Promise<CountryCode | undefined> {
	const [row] = await ctx.db
		.select({ country: sites.country, context: chat_sessions.context })
		.from(chat_sessions)
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.where(eq(chat_sessions.id, chatSessionId));
	return row && guessCountry(row.country, row.context);
}

function countryOfZone(zone: string | undefined): CountryCode | undefined {
	if (!zone) return undefined;
	byZone ??= zonesByCountry();
	return byZone.get(canonical(zone) ?? zone);
}

/** The engine's own data: no zone belongs to two countries. */
function zonesByCountry(): ReadonlyMap<string, CountryCode> {
	const zones = new Map<string, CountryCode>();
	for (const country of getCountries()) {
		for (const zone of timeZonesOf(country)) {
			zones.set(canonical(zone) ?? zone, country);
		}
	}
	return zones;
}

/** A method in newer engines, a property in older ones. */
function timeZonesOf(country: CountryCode): string[] {
	const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
		getTimeZones?: () => string[] | undefined;
		timeZones?: string[];
	};
	return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function canonical(zone: string): string | undefined {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** Browsers everywhere say `en-US`: that tells of no country. */
function countryOfLanguage(language: string | undefined): CountryCode | undefined {
	if (!language || /^en-us$/i.test(language)) return undefined;
	try {
		const { region } = new Intl.Locale(language);
		return region && isSupportedCountry(region) ? region : undefined;
	} catch {
		return undefined;
	}
}
