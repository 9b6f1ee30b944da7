import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';
import { trimmedString } from './text.ts';
import { headerSecret, webhookUrl } from './outbound-call.ts';

/** The bundled workflows, named after their files in docs/n8n. */
export const n8nWorkflow = z.enum([
	'chat-agent-without-llm',
	'chat-agent',
	'site-agent',
	'lead-intake',
	'error-workflow',
	'conversation-fetch',
	'ingest',
	'ad-conversions',
]);
export type N8nWorkflow = z.infer<typeof n8nWorkflow>;

/** The workflows that Frontdesk can set up. The others need third-party accounts and are imported manually. */
const connectableWorkflow = n8nWorkflow.exclude(['ad-conversions']);
export type ConnectableWorkflow = z.infer<typeof connectableWorkflow>;

/** The workflows that reply to visitors. A site uses one of them at a time. */
export const AI_WORKFLOWS: readonly N8nWorkflow[] = [
	'chat-agent-without-llm',
	'chat-agent',
	'site-agent',
];

/** A pasted URL. A missing https:// is added. */
const pastedUrl = z
	.string()
	.trim()
	.transform((value) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`))
	.pipe(webhookUrl);

export const n8nConnectInput = z
	.strictObject({
		/** The URL of n8n, or of any page of its editor. */
		url: pastedUrl,
		/** From Settings → n8n API in n8n. Defaults to the stored key. */
		api_key: headerSecret.optional(),
		/** Stores the key, encrypted, until the site is disconnected. */
		keep_api_key: z.boolean().default(false),
		workflows: z
			.array(connectableWorkflow)
			.min(1, 'choose at least one workflow')
			.transform((workflows) => [...new Set(workflows)])
			.refine(
				(workflows) => workflows.filter((workflow) => AI_WORKFLOWS.includes(workflow)).length < 2,
				'choose one of the chat agents',
			)
			.default(['chat-agent-without-llm', 'lead-intake', 'error-workflow']),
		/** For `chat-agent` and `site-agent`. Stored in an n8n credential only. */
		openai_api_key: headerSecret.optional(),
		/** The URL at which n8n reaches Frontdesk. Defaults to PUBLIC_URL. */
		frontdesk_url: pastedUrl.optional(),
	})
	.meta({ id: 'N8nConnectInput' });
export type N8nConnectInput = z.input<typeof n8nConnectInput>;

export const n8nDisconnectInput = z
	.strictObject({
		api_key: headerSecret.optional(),
		/** Forgets the connection without deleting anything in n8n. */
		forget: z.boolean().default(false),
	})
	.meta({ id: 'N8nDisconnectInput' });
export type N8nDisconnectInput = z.input<typeof n8nDisconnectInput>;

const n8nStep = z.object({
	key: z.enum([
		'reach',
		'credentials',
		'workflows',
		'publish',
		'test_ai',
		'use_ai',
		'endpoint',
		'test_delivery',
		'leave_ai',
		'delete_endpoint',
		'delete_workflows',
		'delete_credentials',
	]),
	title: trimmedString(200),
	status: z.enum(['waiting', 'running', 'done', 'failed']),
	detail: z.string().nullable(),
	/** How to fix a failed step. */
	remedy: z.string().nullable(),
});
export type N8nStep = z.infer<typeof n8nStep>;

/** The connection of a site to n8n: what Frontdesk created there, and the progress of the last run. */
export const n8nConnection = z
	.object({
		site: siteKey,
		/** `interrupted`: the process stopped during the run; connect again to continue. */
		status: z.enum(['none', 'running', 'connected', 'failed', 'interrupted']),
		url: z.string().nullable(),
		frontdesk_url: z.string(),
		is_api_key_kept: z.boolean(),
		steps: z.array(n8nStep),
		workflows: z.array(
			z.object({
				workflow: connectableWorkflow,
				name: z.string(),
				/** The workflow's page in the n8n editor. */
				url: z.string(),
				/** Null if the workflow has no webhook. */
				webhook_url: z.string().nullable(),
			}),
		),
		credentials: z.array(z.object({ name: z.string(), type: z.string(), url: z.string() })),
		/** The webhook endpoint that sends leads to n8n. */
		endpoint_id: z.number().int().nullable(),
		/** Likely problems, such as a URL that n8n cannot reach. */
		warnings: z.array(z.string()),
		updated_at: timestamp.nullable(),
	})
	.meta({ id: 'N8nConnection' });
export type N8nConnection = z.infer<typeof n8nConnection>;
