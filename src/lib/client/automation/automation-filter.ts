import { z } from 'zod';
import { filterText, sessionId } from '#lib/contract/common.ts';
import { deliveryStatus } from '#lib/contract/delivery.ts';
import { webhookEvent } from '#lib/contract/events.ts';
import { turnOutcome } from '#lib/contract/turn.ts';

const id = z.string().regex(/^\d{1,15}$/);
/** Days back from now. */
const days = z.enum(['1', '7', '28', '90']);

/** The filters of each automation view, in the names used in its URL. */
const VIEWS = {
	/** `state`: open errors unless set. */
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

/** Reads a view from a URL; invalid values count as absent. */
export function readView(of: keyof typeof VIEWS, parameters: URLSearchParams): AutomationView {
	const read = Object.entries<z.ZodType<string>>(VIEWS[of]).flatMap(([name, schema]) => {
		const value = schema.safeParse(parameters.get(name) || undefined).data;
		return value === undefined ? [] : [[name, value] as const];
	});
	return Object.fromEntries(read);
}

/** Returns the URL's query with changes, starting with `?` unless empty. */
export function writeView(view: AutomationView, changes: AutomationView = {}): string {
	const kept = Object.entries({ ...view, ...changes }).filter(([, value]) => value !== '');
	const text = new URLSearchParams(kept).toString();
	return text && `?${text}`;
}

/** Returns the filter as the API takes it; `days` count back from `now`. */
export function viewQuery(
	{ days: back, state, group: _, ...filter }: AutomationView,
	now: Date,
): Record<string, string> {
	const from = back && new Date(now.getTime() - Number(back) * 86_400_000).toISOString();
	return { ...filter, ...(state === 'resolved' && { resolved: 'true' }), ...(from && { from }) };
}

/** The same for errors: open ones by default. */
export const errorsQuery = (view: AutomationView): Record<string, string> => ({
	...viewQuery(view, new Date()),
	...(view['state'] === undefined && { resolved: 'false' }),
});
