import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { webhookEvent } from '#lib/contract/events.ts';
import { webhookPayload } from '#lib/contract/webhook-payload.ts';
import { PAYLOAD_VERSION } from '../delivery/webhooks/index.ts';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { asJsonSchema } from './json-schemas.ts';

const file = z
	.string()
	.regex(/^[a-z_.]+\.json$/)
	.transform((name) => name.replace(/\.json$/, ''))
	.pipe(webhookEvent);

const schema = createRoute({
	method: 'get',
	path: '/{file}',
	tags: ['Webhook endpoints'],
	summary: 'The JSON Schema of what is sent for an event, such as lead.completed.json',
	request: { params: z.object({ file }) },
	responses: { 200: json(z.record(z.string(), z.unknown()), 'The schema') },
});

/** What webhooks get, as JSON Schemas that anybody may read. */
export function schemaRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(schema, (c) => {
		const event = c.req.valid('param').file;
		const { publicUrl } = c.var.ctx.app.config;
		return c.json(
			{
				...asJsonSchema(webhookPayload(event)),
				$id: `${publicUrl}/api/schemas/${event}.json`,
				title: `${event}, version ${PAYLOAD_VERSION}`,
			},
			200,
		);
	});
}
