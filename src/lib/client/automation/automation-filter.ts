import { z } from 'zod';
import { filterText, sessionId } from '#lib/contract/common.ts';
import { deliveryStatus } from '#lib/contract/delivery.ts';
import { webhookEvent } from '#lib/contract/events.ts';
import { turnOutcome } from '#lib/contract/turn.ts';

const id = z.string().regex(/^\d{1,15}$/);
/** Days back from now. */
const days = z.enum(['1', '7', '28', '90']);

/** The filters of each automation view, by their names in the URL. */
const VIEWS = {
	/** Only open errors are listed unless `state` is set. */
	errors: { state: z.enum(['resolved', 'all']), workflow: filterText, group: id },
	deliveries: {
		status: deliveryStatus,
		site: filterText,
		endpoint_id: id,
		event: webhookEvent,
		days,
	},
	turns: {
		site: filterText,
		outcome: turnOutcome,
		failed: z.enum(['true']),
		session_id: sessionId,
		days,
	},
} satisfies Record<string, Record<string, z.ZodType<string>>>;

export type AutomationView = Readonly<Record<string, string>>;

/** Reads a view from a URL; invalid values are ignored. */
export function readView(name: keyof typeof VIEWS, parameters: URLSearchParams): AutomationView {
	const entries = Object.entries<z.ZodType<string>>(VIEWS[name]).flatMap(([key, schema]) => {
		const value = schema.safeParse(parameters.get(key) || undefined).data;
		return value === undefined ? [] : [[key, value] as const];
	});
	return Object.fromEntries(entries);
}

/** Returns the view, with the changes applied, as a URL query; empty or starting with `?`. */
export function writeView(view: AutomationView, changes: AutomationView = {}): string {
	const parameters = Object.entries({ ...view, ...changes }).filter(([, value]) => value !== '');
	const text = new URLSearchParams(parameters).toString();
	return text && `?${text}`;
}

/** Returns the API's query parameters for a view; `days` count back from `now`. */
export function buildViewQuery(
	{ days: daysBack, state, group: _, ...filter }: AutomationView,
	now: Date,
): Record<string, string> {
	const from = daysBack && new Date(now.getTime() - Number(daysBack) * 86_400_000).toISOString();
	return { ...filter, ...(state === 'resolved' && { resolved: 'true' }), ...(from && { from }) };
}

/** Returns the API's query parameters for a view of errors: open ones by default. */
export const buildErrorsQuery = (view: AutomationView): Record<string, string> => ({
	...buildViewQuery(view, new Date()),
	...(view['state'] === undefined && { resolved: 'false' }),
});
