import { z } from 'zod';
import { siteKey } from './site.ts';
import { visitorContext } from './visitor-context.ts';

const widgetEvent = z.object({
	site: siteKey,
	event: z.enum(['shown', 'opened']),
	/** Where the visitor came from, as at the start of a chat session. */
	context: visitorContext.optional(),
});

/** What `POST /api/embed-chat/events` takes: one event, or some. As text/plain too, as sendBeacon sends it. */
export const widgetEvents = z
	.union([widgetEvent, z.array(widgetEvent).min(1).max(20)])
	.meta({ id: 'WidgetEvents' });
export type WidgetEvents = z.infer<typeof widgetEvents>;
