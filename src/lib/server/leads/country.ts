import { getCountries, isSupportedCountry, type CountryCode } from 'libphonenumber-js/max';
import { eq } from 'drizzle-orm';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, sites } from '../core/db/schema/index.ts';

let countriesByZone: ReadonlyMap<string, CountryCode> | undefined;

/**
 * Guesses the country whose national phone format a visitor uses: the site's country, else that of the visitor's time
 * zone, else the region of their language. Returns `undefined` if none of them is a supported country.
 */
export function guessCountry(
	siteCountry: string | null,
	context: Pick<VisitorContext, 'time_zone' | 'language'> = {},
): CountryCode | undefined {
	if (siteCountry && isSupportedCountry(siteCountry)) return siteCountry;
	return findZoneCountry(context.time_zone) ?? findLanguageCountry(context.language);
}

/** Guesses the country of a chat session's visitor. Doesn't check permissions. */
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

function findZoneCountry(zone: string | undefined): CountryCode | undefined {
	if (!zone) return undefined;
	countriesByZone ??= mapZonesToCountries();
	return countriesByZone.get(canonicalizeZone(zone) ?? zone);
}

/** Maps time zones to countries with the JavaScript engine's data, in which each zone belongs to one country. */
function mapZonesToCountries(): ReadonlyMap<string, CountryCode> {
	const zones = new Map<string, CountryCode>();
	for (const country of getCountries()) {
		for (const zone of listTimeZones(country)) {
			zones.set(canonicalizeZone(zone) ?? zone, country);
		}
	}
	return zones;
}

/** Returns a country's time zones. Newer engines have a method for this, older ones a property. */
function listTimeZones(country: CountryCode): string[] {
	const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
		getTimeZones?: () => string[] | undefined;
		timeZones?: string[];
	};
	return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function canonicalizeZone(zone: string): string | undefined {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** Returns the country of a language's region. Ignores `en-US`, which browsers outside the United States often send too. */
function findLanguageCountry(language: string | undefined): CountryCode | undefined {
	if (!language || /^en-us$/i.test(language)) return undefined;
	try {
		const { region } = new Intl.Locale(language);
		return region && isSupportedCountry(region) ? region : undefined;
	} catch {
		return undefined;
	}
}
