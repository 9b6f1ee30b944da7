import { readFileSync } from 'node:fs';
import { z } from 'zod';

const node = z.object({
	id: z.string().min(1),
	name: z.string().min(1),
	type: z.string().min(1),
	typeVersion: z.number(),
	position: z.tuple([z.number(), z.number()]),
	parameters: z.record(z.string(), z.unknown()),
	credentials: z
		.record(z.string(), z.strictObject({ id: z.null(), name: z.string().min(1) }))
		.optional(),
	webhookId: z.string().optional(),
	onError: z.enum(['continueRegularOutput', 'stopWorkflow']).optional(),
});
export type WorkflowNode = z.infer<typeof node>;

const connection = z.object({ node: z.string(), type: z.string(), index: z.number() });

/** A workflow in n8n's export format. Credentials are referred to by name, without id or secret. */
export const workflow = z.strictObject({
	name: z.string().min(1),
	nodes: z.array(node).min(1),
	connections: z.record(z.string(), z.record(z.string(), z.array(z.array(connection)))),
	active: z.literal(false),
	settings: z.object({
		executionOrder: z.literal('v1'),
		/** The id of another workflow. */
		errorWorkflow: z.string().optional(),
	}),
	pinData: z.strictObject({}),
	tags: z.array(z.never()),
});
export type Workflow = z.infer<typeof workflow>;

/** Reads a workflow of docs/n8n and replaces the example address with this one. */
export const readWorkflow = (name: string, url = 'https://frontdesk.example.com'): Workflow =>
	workflow.parse(
		JSON.parse(
			readFileSync(`docs/n8n/${name}.json`, 'utf8').replaceAll(
				'https://frontdesk.example.com',
				url,
			),
		),
	);
