import { describe, expect, it } from 'vitest';
import { CLICK_IDS } from './tracking.ts';
import { readTracking, visitorContext } from './visitor-context.ts';

const createClickId = (length: number) =>
	`IwY2xjawFx_${'aZ3-_'.repeat(length / 5)}`.slice(0, length);

/** Click ids that ad networks send, from bug reports about truncated, rejected or unknown ones. */
const CLICKS: [source: string, click: Record<string, string>][] = [
	['https://github.com/snowplow/iglu-central/issues/1311', { fbclid: createClickId(190) }],
	['https://github.com/gobii-ai/gobii-platform/pull/188', { fbclid: createClickId(500) }],
	[
		'https://github.com/umami-software/umami/issues/3790',
		{ ttclid: `E_C_P_${createClickId(600)}` },
	],
	['https://github.com/Infocaster/UrlTracker/issues/241', { gclid: createClickId(300) }],
	['https://github.com/amplitude/Amplitude-JavaScript/issues/557', { wbraid: createClickId(60) }],
	['https://github.com/PostHog/posthog-js/pull/923', { gbraid: createClickId(60) }],
	['https://github.com/alex35mil/sourcebuster-js/issues/39', { wbraid: createClickId(80) }],
	[
		'https://github.com/snowplow/enrich/issues/543',
		{ gbraid: createClickId(90), gclid: createClickId(90) },
	],
	[
		'https://github.com/mpchadwick/tracking-query-params-registry/pull/14',
		{ dclid: createClickId(50), twclid: createClickId(50), yclid: '1234567890123456789' },
	],
	[
		'https://github.com/noontide-co/mainbranch/issues/887',
		{
			fbclid: createClickId(200),
			gclid: createClickId(100),
			utm_source: 'fb',
			utm_campaign: 'roofs',
		},
	],
	[
		'https://github.com/matomo-org/matomo/issues/21298',
		{ gclid: createClickId(91), wbraid: createClickId(91) },
	],
];

describe('a visitor’s context', () => {
	it.each(CLICKS)('keeps click ids whole: %s', (_, click) => {
		expect(visitorContext.parse(click)).toEqual(click);
	});

	it.each(CLICK_IDS)('keeps %s up to 2,000 characters', (name) => {
		expect(visitorContext.parse({ [name]: createClickId(1999) })).toEqual({
			[name]: createClickId(1999),
		});
		expect(visitorContext.parse({ [name]: createClickId(3000) })[name]).toHaveLength(2000);
	});

	// https://github.com/nystudio107/retour/issues/74, https://github.com/riasvdv/statamic-redirect/issues/301
	it('truncates long URLs without losing other values', () => {
		const page_url = `https://roofs.example/?gclid=1&x=${'%C3%BC'.repeat(1000)}`;
		const context = visitorContext.parse({
			page_url,
			referrer: null,
			utm_source: ['ads'],
			gclid: 1,
		});
		expect(context).toMatchObject({ utm_source: 'ads', gclid: '1' });
		expect(context.page_url?.length).toBeLessThanOrEqual(2000);
		expect(() => decodeURIComponent(context.page_url ?? '')).not.toThrow();
	});

	it.each([
		// https://github.com/googleanalytics/ga-dev-tools/issues/622
		'https://a.example/x#utm_source=google&utm_medium=cpc',
		'https://a.example/#/roofs?utm_source=google&utm_medium=cpc',
		// https://github.com/medius/utm_form/issues/8
		'https://a.example/?UTM_Source=google&Utm_Medium=cpc',
		// https://github.com/segmentio/utm-params/pull/2
		'https://a.example/?x=1?utm_source=google&utm_medium=cpc',
		'https://a.example/?utm_source=google?utm_medium=cpc',
		'https://a.example/?utm_source=google&amp;utm_medium=cpc',
		'https://a.example/?utm_source=&utm_source=google&utm_medium=cpc&utm_medium=',
	])('is read from a URL as people write it: %s', (landing_url) => {
		expect(readTracking({ landing_url })).toEqual({ utm_source: 'google', utm_medium: 'cpc' });
	});
});
