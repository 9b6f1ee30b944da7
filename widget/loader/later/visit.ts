import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { HostEvent } from '../../bridge.ts';
import type { WidgetState } from '../page-state.ts';
import { arrival, attempt, onNavigation, writeEntry } from './helpers.ts';

/** The loader reads it, too. */
const VISIT = 'frontdesk:visit';
const FIRST = 'frontdesk:first';
const LAST = 'frontdesk:last';
/** A campaign's parameter or a click id in a URL, as the server knows them (src/lib/contract/visitor-context.ts). */
const CAMPAIGN =
	/[?&](utm_|gad_|_hsenc|mc_eid|[gw]braid|epik|dicbo|igshid|srsltid|tblci|li_fat_id|rdt_cid|sccid|\w*cl(k|ick)?id)/i;

/** `is_return` stays in the page: an earlier visit is known. */
type Visit = VisitorContext & { is_return?: boolean };
type Touch = NonNullable<VisitorContext['first_touch']>;

let isKept = false;

/** Stores how the visit began: immediately, or if the site requires it, only after the visitor opens the chat. */
export function keepVisit({ look }: WidgetState, event: HostEvent): void {
	const isAllowed = look?.has_storage_before_interaction ?? false;
	if (isKept || (!isAllowed && event !== 'opened' && event !== 'message')) return;
	isKept = true;
	keepPage();
	onNavigation(keepPage);
}

const readVisit = () => attempt(() => JSON.parse(sessionStorage[VISIT] as string) as Visit);
const readTouch = (key: string) => attempt(() => JSON.parse(localStorage[key] as string) as Touch);

/** Whether the visitor was here before this visit, as far as storage tells. */
export const isReturning = () => readVisit()?.is_return;

function keepPage(): void {
	const visit = readVisit() ?? begin();
	visit.pages_seen = (visit.pages_seen ?? 0) + 1;
	attempt(() => (sessionStorage[VISIT] = JSON.stringify(visit)));
}

function begin(): Visit {
	const { landing_url: url, referrer } = arrival;
	const touch: Touch = { url, referrer, at: new Date().toISOString() };
	const known = readTouch(FIRST);
	const first_touch = known ?? touch;
	const last_touch = isFromElsewhere() ? touch : (readTouch(LAST) ?? touch);
	writeEntry(FIRST, JSON.stringify(first_touch));
	writeEntry(LAST, JSON.stringify(last_touch));
	return { ...arrival, first_touch, last_touch, is_return: !!known };
}

/** Whether a campaign or another site led here. Direct visits keep the last touch, which brought the visitor before. */
function isFromElsewhere(): boolean {
	const from = attempt(() => new URL(arrival.referrer).host);
	return CAMPAIGN.test(arrival.landing_url) || (from !== null && from !== location.host);
}
