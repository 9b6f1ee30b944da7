import { z } from 'zod';
import { delivery } from './delivery.ts';
import { event, type EventOptions } from './define-event.ts';
import { auditAction, events, type WebhookEvent } from './events.ts';

/** The table of `events.ts`, with the two events whose payload names other events. */
const allEvents = {
	...events,
	'delivery.updated': event(z.object({ delivery }), { agents: 'leads:read' }),
	/** The audit log has one more entry. */
	'audit.added': event(z.object({ action: auditAction }), { agents: 'admins' }),
};
type Table = typeof allEvents;

/** The payloads of the events that are published, by name. */
export type Events = {
	[
		Name in keyof Table as Table[Name] extends { payload: z.ZodType } ? Name : never
	]: Table[Name] extends { payload: infer Schema extends z.ZodType } ? z.infer<Schema> : never;
};
export type EventName = keyof Events;
export type AppEvent = { [Name in EventName]: { name: Name; payload: Events[Name] } }[EventName];

/** The options of an event, whichever it is. */
export const eventOptions = (name: EventName): EventOptions<object> =>
	allEvents[name] as EventOptions<object>;

/** The chat session that a payload is about, if it is about one. */
export function sessionIdOf(payload: AppEvent['payload']): string | undefined {
	if ('session_id' in payload) return payload.session_id;
	return 'session' in payload ? payload.session.session_id : undefined;
}

type SchemaOf<Row> = Row extends { visitor: { view: infer Schema extends z.ZodType } }
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
	]: SchemaOf<Table[Name]>;
};

const rows = Object.entries<Partial<Row>>(allEvents);
interface Row extends EventOptions<object> {
	payload: z.ZodType;
}

/** The names of all events that are published. */
export const eventNames = rows.flatMap(([name, { payload }]) =>
	payload ? [name as EventName] : [],
);

/** The events of the namespace `/agents`, as they arrive there. */
export const agentEvents = Object.fromEntries(
	rows.flatMap(([name, { agents, payload }]) => (agents ? [[name, payload]] : [])),
) as AgentSchemas;

/** The events of the namespace `/widget`: what a visitor may see of them. */
export const widgetEvents = Object.fromEntries(
	rows.flatMap(([name, { visitor, payload }]) =>
		visitor && visitor !== 'sign-out'
			? [[name, typeof visitor === 'object' ? visitor.view : payload]]
			: [],
	),
) as WidgetSchemas;

/** How people read the webhooks that endpoints subscribe to. */
export const webhookOptions = rows.flatMap(([, { webhooks = {} }]) =>
	Object.entries(webhooks).map(([value, { label, hint }]) => ({
		value: value as WebhookEvent,
		label,
		hint,
	})),
);
export const webhookLabels = Object.fromEntries(
	webhookOptions.map(({ value, label }) => [value, label]),
) as Record<WebhookEvent, string>;
