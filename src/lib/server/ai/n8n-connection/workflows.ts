import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import agent from '#docs/n8n/chat-agent.json';
import guided from '#docs/n8n/chat-agent-without-llm.json';
import fetchConversation from '#docs/n8n/conversation-fetch.json';
import reportErrors from '#docs/n8n/error-workflow.json';
import ingest from '#docs/n8n/ingest.json';
import leadIntake from '#docs/n8n/lead-intake.json';
import type { N8nWorkflow } from '#lib/contract/n8n.ts';
import type { NewWorkflow } from './n8n-api.ts';

const FILES: Record<N8nWorkflow, unknown> = {
	'chat-agent-without-llm': guided,
	'chat-agent': agent,
	'lead-intake': leadIntake,
	'error-workflow': reportErrors,
	'conversation-fetch': fetchConversation,
	ingest,
};

const EXAMPLE_URL = 'https://frontdesk.example.com';

const credentialHint = z.object({ id: z.string().nullable(), name: z.string() });
const node = z.looseObject({
	type: z.string(),
	parameters: z.record(z.string(), z.unknown()),
	credentials: z.record(z.string(), credentialHint).optional(),
	webhookId: z.string().optional(),
});
const file = z.looseObject({
	name: z.string(),
	nodes: z.array(node),
	connections: z.record(z.string(), z.unknown()),
	settings: z.record(z.string(), z.unknown()),
});
export type WorkflowFile = z.infer<typeof file>;

interface Filling {
	/** The address by which n8n reaches Frontdesk. */
	frontdesk_url: string;
	/** The path of the Webhook node; not used where there is none. */
	path: string;
	name?: string;
	/** What stands in the place of a credential that the file names. */
	credential?: (hint: string) => { id: string; name: string } | undefined;
	/** The id of the workflow that failures are reported by. */
	error_workflow?: string;
}

/** A shipped workflow with this installation's address, a path of its own and, where they exist, its credentials. */
export function fillWorkflow(workflow: N8nWorkflow, filling: Filling): WorkflowFile {
	const text = JSON.stringify(FILES[workflow]);
	const url = JSON.stringify(filling.frontdesk_url.replace(/\/$/, '')).slice(1, -1);
	const filled = file.parse(JSON.parse(text.replaceAll(EXAMPLE_URL, url)));
	const nodes = filled.nodes.map((one) => ({
		...one,
		...(one.webhookId !== undefined && {
			webhookId: filling.path,
			parameters: { ...one.parameters, path: filling.path },
		}),
		...(one.credentials && { credentials: fillCredentials(one.credentials, filling) }),
	}));
	const errorWorkflow = filling.error_workflow;
	return {
		...filled,
		name: filling.name ?? filled.name,
		nodes,
		settings: { ...filled.settings, ...(errorWorkflow !== undefined && { errorWorkflow }) },
	};
}

const fillCredentials = (
	credentials: Record<string, z.infer<typeof credentialHint>>,
	{ credential }: Filling,
) =>
	Object.fromEntries(
		Object.entries(credentials).map(([type, hint]) => [type, credential?.(hint.name) ?? hint]),
	);

/** The same as n8n's API takes it. */
export const forApi = ({ name, nodes, connections, settings }: WorkflowFile): NewWorkflow => ({
	name,
	nodes,
	connections,
	settings,
});

/** Which credentials workflows need, by the names in their files. */
export function credentialsOf(workflows: readonly N8nWorkflow[]): { hint: string; type: string }[] {
	const found = new Map<string, string>();
	for (const workflow of workflows) {
		for (const { credentials = {} } of file.parse(FILES[workflow]).nodes) {
			for (const [type, { name }] of Object.entries(credentials)) found.set(name, type);
		}
	}
	return [...found].map(([hint, type]) => ({ hint, type }));
}

export const titleOf = (workflow: N8nWorkflow): string => file.parse(FILES[workflow]).name;

export const hasWebhook = (workflow: N8nWorkflow): boolean =>
	file.parse(FILES[workflow]).nodes.some(({ webhookId }) => webhookId !== undefined);

/** A path that no other workflow of the same n8n has. */
export const newPath = (workflow: N8nWorkflow): string =>
	`frontdesk-${workflow}-${randomBytes(9)
		.toString('base64url')
		.toLowerCase()
		.replace(/[^a-z0-9]/g, '0')}`;
