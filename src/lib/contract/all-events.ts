import { z } from 'zod';
import { delivery } from './delivery.ts';
import { defineEvent, type EventOptions } from './define-event.ts';
import { auditAction, events, type WebhookEvent } from './events.ts';

/** All events: those of `events.ts`, plus two whose payloads refer to other events. */
const allEvents = {
	...events,
	'delivery.updated': defineEvent(z.object({ delivery }), { agents: 'leads:read' }),
	/** An entry was added to the audit log. */
	'audit.added': defineEvent(z.object({ action: auditAction }), { agents: 'admins' }),
};
type Table = typeof allEvents;

/** The payloads of published events, by name. */
export type Events = {
	[
		Name in keyof Table as Table[Name] extends { payload: z.ZodType } ? Name : never
	]: Table[Name] extends { payload: infer Schema extends z.ZodType } ? z.infer<Schema> : never;
};
export type EventName = keyof Events;
export type AppEvent = { [Name in EventName]: { name: Name; payload: Events[Name] } }[EventName];

/** Returns the options of an event. */
export const getEventOptions = (name: EventName): EventOptions<object> =>
	allEvents[name] as EventOptions<object>;

type VisitorSchema<Row> = Row extends { visitor: { view: infer Schema extends z.ZodType } }
	? Schema
	: Row extends { payload: infer Schema extends z.ZodType }
		? Schema
		: never;
type AgentSchemas = {
	[
		Name in EventName as Table[Name] extends { agents: unknown } ? Name : never
	]: Table[Name]['payload'];
};
type WidgetSchemas = {
	[
		Name in EventName as Table[Name] extends { visitor: infer Visitor }
			? Visitor extends 'sign-out'
				? never
				: Name
			: never
	]: VisitorSchema<Table[Name]>;
};

const rows = Object.entries<Partial<Row>>(allEvents);
interface Row extends EventOptions<object> {
	payload: z.ZodType;
}

/** The names of all published events. */
export const eventNames = rows.flatMap(([name, { payload }]) =>
	payload ? [name as EventName] : [],
);

/** The payload schemas of events on the namespace `/agents`. */
export const agentEvents = Object.fromEntries(
	rows.flatMap(([name, { agents, payload }]) => (agents ? [[name, payload]] : [])),
) as AgentSchemas;

/** The payload schemas of events on the namespace `/widget`, limited to what a visitor may see. */
export const widgetEvents = Object.fromEntries(
	rows.flatMap(([name, { visitor, payload }]) =>
		visitor && visitor !== 'sign-out'
			? [[name, typeof visitor === 'object' ? visitor.view : payload]]
			: [],
	),
) as WidgetSchemas;

/** The webhooks that endpoints can subscribe to, with labels and hints. */
export const webhookOptions = rows.flatMap(([, { webhooks = {} }]) =>
	Object.entries(webhooks).map(([value, { label, hint }]) => ({
		value: value as WebhookEvent,
		label,
		hint,
	})),
);
const webhookEntries = rows.flatMap(([, { webhooks = {} }]) => Object.entries(webhooks));
/** The webhooks whose deliveries for the same lead are sent in order. */
export const chainedWebhooks = webhookEntries.flatMap(([name, { chain }]) =>
	chain ? [name as WebhookEvent] : [],
);
/** The batching window of each webhook that combines occurrences, in ms. */
export const webhookGatherMs = Object.fromEntries(
	webhookEntries.flatMap(([name, { gatherMs }]) => (gatherMs ? [[name, gatherMs]] : [])),
);
export const webhookLabels = Object.fromEntries(
	webhookOptions.map(({ value, label }) => [value, label]),
) as Record<WebhookEvent, string>;
