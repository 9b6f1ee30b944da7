import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Random } from './random.ts';
import type { Language } from './script.ts';
import type { SiteTemplate } from './sites.ts';

type Device = 'phone' | 'tablet' | 'desktop';
type Attribution = Partial<VisitorContext>;

const PHONE_USER_AGENTS = [
	'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Mobile Safari/537.36',
];
const DEVICES: Record<Device, { user_agents: string[]; viewports: string[] }> = {
	phone: { user_agents: PHONE_USER_AGENTS, viewports: ['390x844', '412x915', '360x780'] },
	tablet: {
		user_agents: [
			'Mozilla/5.0 (iPad; CPU OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
		],
		viewports: ['820x1180', '1180x820'],
	},
	desktop: {
		user_agents: [
			'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36',
			'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
			'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
		],
		viewports: ['1440x900', '1920x1080', '1280x720', '1536x864'],
	},
};
const LOCALES: Record<Language, [locale: string, time_zone: string][]> = {
	en: [
		['en-US', 'America/Chicago'],
		['en-US', 'America/New_York'],
		['en-GB', 'Europe/London'],
		['en', 'Europe/Dublin'],
	],
	de: [
		['de-DE', 'Europe/Berlin'],
		['de-AT', 'Europe/Vienna'],
	],
	es: [
		['es-ES', 'Europe/Madrid'],
		['es-US', 'America/Chicago'],
	],
	fr: [
		['fr-FR', 'Europe/Paris'],
		['fr-BE', 'Europe/Brussels'],
	],
};

/** Traffic sources, their relative traffic, and how likely their visitors are to complete a chat compared with others. */
const SOURCES: readonly (readonly [name: string, weight: number, engagement: number])[] = [
	['google-ads', 34, 1.05],
	['google', 22, 1.15],
	['direct', 17, 1.1],
	['facebook', 11, 0.75],
	['bing', 5, 1.1],
	['newsletter', 6, 1.35],
	['tiktok', 3, 0.5],
	['partner', 2, 1.3],
];

/** Generates a visitor's context, and how likely they are to complete a chat compared with others. */
export function generateVisitor(
	random: Random,
	site: SiteTemplate,
	language: Language,
): { context: VisitorContext; engagement: number } {
	const [source, , engagement] = random.pick(SOURCES_BY_WEIGHT);
	const [path, page_title] = random.pickWeighted(site.pages);
	const attribution = generateAttribution(random, source, random.pick(site.campaigns));
	const query = new URLSearchParams(
		Object.entries(attribution).flatMap(([key, value]) =>
			key !== 'referrer' && typeof value === 'string' ? [[key, value]] : [],
		),
	).toString();
	const page_url = `${site.origin}${path}`;
	const device = random.pickWeighted([
		['phone', site.phone_share],
		['tablet', 0.05],
		['desktop', 0.95 - site.phone_share],
	] as const);
	const [locale, time_zone] = random.pick(LOCALES[language]);
	const context: VisitorContext = {
		page_url,
		page_title,
		landing_url: query ? `${page_url}?${query}` : page_url,
		...attribution,
		language: locale,
		time_zone,
		device,
		viewport: random.pick(DEVICES[device].viewports),
		user_agent: random.pick(DEVICES[device].user_agents),
	};
	return { context, engagement: device === 'phone' ? engagement * 0.94 : engagement };
}

const SOURCES_BY_WEIGHT = SOURCES.flatMap((source) => Array<typeof source>(source[1]).fill(source));

function generateAttribution(random: Random, source: string, campaign: string): Attribution {
	const generateClickId = () => random.text(28);
	const createUtmTags = (utm_source: string, utm_medium: string): Attribution => ({
		utm_source,
		utm_medium,
		utm_campaign: campaign,
	});
	switch (source) {
		case 'google-ads':
			return {
				...createUtmTags('google', 'cpc'),
				...(random.chance(0.5) && { utm_term: campaign.replaceAll('-', ' ') }),
				gclid: `Cj0KCQiA${generateClickId()}`,
				referrer: 'https://www.google.com/',
			};
		case 'google':
			return { referrer: 'https://www.google.com/' };
		case 'facebook':
			return {
				...createUtmTags('facebook', 'paid_social'),
				fbclid: `IwAR${generateClickId()}`,
				referrer: random.pick(['https://m.facebook.com/', 'https://l.instagram.com/']),
			};
		case 'bing':
			return {
				...createUtmTags('bing', 'cpc'),
				msclkid: random.hex(32),
				referrer: 'https://www.bing.com/',
			};
		case 'newsletter':
			return createUtmTags('newsletter', 'email');
		case 'tiktok':
			return { ...createUtmTags('tiktok', 'paid_social'), ttclid: `E.C.P.${generateClickId()}` };
		case 'partner':
			return { referrer: 'https://neighborhood-guide.example/best-of-town' };
		default:
			return {};
	}
}
