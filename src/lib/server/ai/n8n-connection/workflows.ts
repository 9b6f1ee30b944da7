import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import adConversions from '#docs/n8n/ad-conversions.json';
import chatAgent from '#docs/n8n/chat-agent.json';
import chatAgentWithoutLlm from '#docs/n8n/chat-agent-without-llm.json';
import conversationFetch from '#docs/n8n/conversation-fetch.json';
import errorWorkflow from '#docs/n8n/error-workflow.json';
import ingestWorkflow from '#docs/n8n/ingest.json';
import siteAgent from '#docs/n8n/site-agent.json';
import leadIntake from '#docs/n8n/lead-intake.json';
import type { N8nWorkflow } from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import type { NewWorkflow } from './n8n-api.ts';
import { fillSiteAgentNode } from './site-agent.ts';

const FILES: Record<N8nWorkflow, unknown> = {
	'chat-agent-without-llm': chatAgentWithoutLlm,
	'chat-agent': chatAgent,
	'site-agent': siteAgent,
	'lead-intake': leadIntake,
	'error-workflow': errorWorkflow,
	'conversation-fetch': conversationFetch,
	ingest: ingestWorkflow,
	'ad-conversions': adConversions,
};

const EXAMPLE_URL = 'https://frontdesk.example.com';

const credentialReferenceSchema = z.object({ id: z.string().nullable(), name: z.string() });
const nodeSchema = z.looseObject({
	type: z.string(),
	parameters: z.record(z.string(), z.unknown()),
	credentials: z.record(z.string(), credentialReferenceSchema).optional(),
	webhookId: z.string().optional(),
});
const fileSchema = z.looseObject({
	name: z.string(),
	nodes: z.array(nodeSchema),
	connections: z.record(z.string(), z.unknown()),
	settings: z.record(z.string(), z.unknown()),
});
type WorkflowFile = z.infer<typeof fileSchema>;

interface WorkflowValues {
	/** The base URL at which n8n reaches Frontdesk. */
	frontdesk_url: string;
	/** The path of the Webhook node, if the workflow has one. */
	path: string;
	name?: string;
	/** Returns the n8n credential to use for a credential's name in the file. */
	findCredential?: (name: string) => { id: string; name: string } | undefined;
	/** The site whose questions the `site-agent` workflow asks. */
	site: Pick<SiteRow, 'name' | 'questions' | 'completion_phrases'>;
	/** The ID of the workflow that reports failures. */
	error_workflow?: string;
}

/** Returns a bundled workflow, filled in with the given address, webhook path, credentials and site. */
export function fillWorkflow(workflow: N8nWorkflow, values: WorkflowValues): WorkflowFile {
	const text = JSON.stringify(FILES[workflow]);
	const url = JSON.stringify(values.frontdesk_url.replace(/\/$/, '')).slice(1, -1);
	const file = fileSchema.parse(JSON.parse(text.replaceAll(EXAMPLE_URL, url)));
	const siteNodes =
		workflow === 'site-agent'
			? file.nodes.map((node) => fillSiteAgentNode(node, values.site))
			: file.nodes;
	const nodes = siteNodes.map((node) => ({
		...node,
		...(node.webhookId !== undefined && {
			webhookId: values.path,
			parameters: { ...node.parameters, path: values.path },
		}),
		...(node.credentials && { credentials: fillCredentials(node.credentials, values) }),
	}));
	const { error_workflow } = values;
	return {
		...file,
		name: values.name ?? file.name,
		nodes,
		settings: {
			...file.settings,
			...(error_workflow !== undefined && { errorWorkflow: error_workflow }),
		},
	};
}

const fillCredentials = (
	credentials: Record<string, z.infer<typeof credentialReferenceSchema>>,
	{ findCredential }: WorkflowValues,
) =>
	Object.fromEntries(
		Object.entries(credentials).map(([type, reference]) => [
			type,
			findCredential?.(reference.name) ?? reference,
		]),
	);

/** Returns the part of a workflow file that n8n's API accepts. */
export const toNewWorkflow = ({
	name,
	nodes,
	connections,
	settings,
}: WorkflowFile): NewWorkflow => ({
	name,
	nodes,
	connections,
	settings,
});

/** Lists the credentials that workflows need. `reference` is a credential's name in the files. */
export function listCredentials(
	workflows: readonly N8nWorkflow[],
): { reference: string; type: string }[] {
	const found = new Map<string, string>();
	for (const workflow of workflows) {
		for (const { credentials = {} } of fileSchema.parse(FILES[workflow]).nodes) {
			for (const [type, { name }] of Object.entries(credentials)) found.set(name, type);
		}
	}
	return [...found].map(([reference, type]) => ({ reference, type }));
}

export const getTitle = (workflow: N8nWorkflow): string => fileSchema.parse(FILES[workflow]).name;

export const hasWebhook = (workflow: N8nWorkflow): boolean =>
	fileSchema.parse(FILES[workflow]).nodes.some(({ webhookId }) => webhookId !== undefined);

/** Returns a random webhook path, unique within an n8n instance. */
export const createPath = (workflow: N8nWorkflow): string =>
	`frontdesk-${workflow}-${randomBytes(9)
		.toString('base64url')
		.toLowerCase()
		.replace(/[^a-z0-9]/g, '0')}`;

/**
 * Returns a bundled workflow for manual import, with Frontdesk's address and a new webhook path, so that importing it
 * twice doesn't cause a conflict. Contains no secrets. Admins only. Throws `not_found`.
 */
export async function downloadWorkflow(
	ctx: Ctx,
	key: string,
	workflow: N8nWorkflow,
): Promise<WorkflowFile> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	return fillWorkflow(workflow, {
		frontdesk_url: ctx.app.config.publicUrl,
		path: createPath(workflow),
		site,
		name: `${getTitle(workflow)} (${site.name})`.slice(0, 120),
	});
}
