import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { HostEvent } from '../../bridge.ts';
import type { WidgetState } from '../widget-state.ts';
import { entryPage, attempt, onNavigation, writeEntry } from './helpers.ts';

/** The loader reads this key too. */
const VISIT_KEY = 'frontdesk:visit';
const FIRST_TOUCH_KEY = 'frontdesk:first';
const LAST_TOUCH_KEY = 'frontdesk:last';
/** Matches campaign parameters and click IDs in URLs, as the server does (src/lib/contract/tracking.ts); `gad_…` always comes with one. */
const CAMPAIGN =
	/[?&#;](utm_|_hsenc|mc_eid|.braid|epik|dicbo|tblci|(igsh|srslt|li_fat_|rdt_c|scc|\w*cl(k|ick)?)id)/i;

/** `is_return` means that an earlier visit is known. It isn't sent to the server. */
type Visit = VisitorContext & { is_return?: boolean };
type Touch = NonNullable<VisitorContext['first_touch']>;

let isStored = false;

/** Stores how the visit began. If the site allows no storage before interaction, waits until the visitor opens the chat or writes. */
export function storeVisit({ config }: WidgetState, event: HostEvent): void {
	const isAllowed = config?.has_storage_before_interaction;
	if (isStored || (!isAllowed && event !== 'opened' && event !== 'message')) return;
	isStored = true;
	countPage();
	onNavigation(countPage);
}

const readVisit = () => attempt(() => JSON.parse(sessionStorage[VISIT_KEY] as string) as Visit);
const readTouch = (key: string) => attempt(() => JSON.parse(localStorage[key] as string) as Touch);

/** Returns whether storage shows an earlier visit. */
export const isReturning = () => readVisit()?.is_return;

function countPage(): void {
	const visit = readVisit() ?? startVisit();
	visit.pages_seen = (visit.pages_seen ?? 0) + 1;
	attempt(() => (sessionStorage[VISIT_KEY] = JSON.stringify(visit)));
}

function startVisit(): Visit {
	const { landing_url: url, referrer } = entryPage;
	const touch: Touch = { url, referrer, at: new Date().toISOString() };
	const storedTouch = readTouch(FIRST_TOUCH_KEY);
	const first_touch = storedTouch ?? touch;
	const last_touch = isReferred() ? touch : (readTouch(LAST_TOUCH_KEY) ?? touch);
	writeEntry(FIRST_TOUCH_KEY, JSON.stringify(first_touch));
	writeEntry(LAST_TOUCH_KEY, JSON.stringify(last_touch));
	return { ...entryPage, first_touch, last_touch, is_return: !!storedTouch };
}

/**
 * Returns whether the visit came from a campaign or another site. Subdomains are the same site. Direct visits keep the previous
 * last touch.
 */
const isReferred = () =>
	CAMPAIGN.test(entryPage.landing_url) ||
	attempt(() => {
		const from = getHost(entryPage.referrer);
		const own = getHost(location.href);
		return !from.endsWith(own) && !own.endsWith(from);
	});

const getHost = (url: string) => `.${new URL(url).host.replace('www.', '')}`;
