import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { HostEvent } from '../../bridge.ts';
import { TRACKED } from '../../tracked.ts';
import { arrival, attempt, onNavigation, VISIT } from '../page.ts';
import type { WidgetState } from '../page-state.ts';

const FIRST = 'frontdesk:first';
const LAST = 'frontdesk:last';
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

function keepPage(): void {
	const known = read<VisitorContext>(sessionStorageOf, VISIT);
	const visit = known ?? begin();
	visit.pages_seen = (visit.pages_seen ?? 0) + 1;
	write(sessionStorageOf, VISIT, visit);
}

function begin(): VisitorContext {
	const touch: Touch = {
		url: arrival.landing_url.slice(0, 2000),
		referrer: arrival.referrer.slice(0, 2000),
		at: new Date().toISOString(),
	};
	const first = read<Touch>(localStorageOf, FIRST) ?? touch;
	const last = isFromElsewhere() ? touch : (read<Touch>(localStorageOf, LAST) ?? touch);
	write(localStorageOf, FIRST, first);
	write(localStorageOf, LAST, last);
	return { ...arrival, first_touch: first, last_touch: last };
}

/** Whether a campaign or another site led here. Direct visits keep the last touch, which brought the visitor before. */
function isFromElsewhere(): boolean {
	const params = new URL(arrival.landing_url).searchParams;
	const from = attempt(() => new URL(arrival.referrer).host);
	return TRACKED.some((name) => params.has(name)) || (from !== null && from !== location.host);
}

const localStorageOf = () => localStorage;
const sessionStorageOf = () => sessionStorage;

const read = <T>(find: () => Storage, key: string): T | null =>
	attempt(() => JSON.parse(find().getItem(key) ?? 'null') as T | null);
const write = (find: () => Storage, key: string, value: unknown) =>
	attempt(() => find().setItem(key, JSON.stringify(value)));
