import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';
import { trimmedString } from './text.ts';
import { headerSecret, webhookUrl } from './outbound-call.ts';

/** The shipped workflows, by the names of their files in docs/n8n. */
export const n8nWorkflow = z.enum([
	'chat-agent-without-llm',
	'chat-agent',
	'lead-intake',
	'error-workflow',
	'conversation-fetch',
	'ingest',
]);
export type N8nWorkflow = z.infer<typeof n8nWorkflow>;

/** The workflows that answer visitors: a site uses one of them at a time. */
export const AI_WORKFLOWS: readonly N8nWorkflow[] = ['chat-agent-without-llm', 'chat-agent'];

/** An address as people paste it: a missing https:// is added. */
const pastedUrl = z
	.string()
	.trim()
	.transform((value) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`))
	.pipe(webhookUrl);

export const n8nConnectInput = z
	.strictObject({
		/** n8n's address; that of any page of its editor will do. */
		url: pastedUrl,
		/** Of n8n, Settings → n8n API. Left out: the one that is kept. */
		api_key: headerSecret.optional(),
		/** Keeps the key, sealed, until the connection is removed. */
		keep_api_key: z.boolean().default(false),
		workflows: z
			.array(n8nWorkflow)
			.min(1, 'choose at least one workflow')
			.transform((chosen) => [...new Set(chosen)])
			.refine(
				(chosen) => chosen.filter((one) => AI_WORKFLOWS.includes(one)).length < 2,
				'choose one of the two chat agents',
			)
			.default(['chat-agent-without-llm', 'lead-intake', 'error-workflow']),
		/** For `chat-agent`: goes into a credential of n8n and is not stored here. */
		openai_api_key: headerSecret.optional(),
		/** The address by which n8n reaches Frontdesk; PUBLIC_URL by default. */
		frontdesk_url: pastedUrl.optional(),
	})
	.meta({ id: 'N8nConnectInput' });
export type N8nConnectInput = z.input<typeof n8nConnectInput>;

export const n8nDisconnectInput = z
	.strictObject({
		api_key: headerSecret.optional(),
		/** Forgets the connection and leaves what is in n8n as it is. */
		forget: z.boolean().default(false),
	})
	.meta({ id: 'N8nDisconnectInput' });
export type N8nDisconnectInput = z.input<typeof n8nDisconnectInput>;

export const n8nStep = z.object({
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
	/** What happened; null: nothing to say. */
	detail: z.string().nullable(),
	/** Of a step that failed: what to do. */
	remedy: z.string().nullable(),
});
export type N8nStep = z.infer<typeof n8nStep>;

/** What connects a site to an n8n: what was made there, and how far the last run came. */
export const n8nConnection = z
	.object({
		site: siteKey,
		/** `interrupted`: the process ended in the middle of it; connect again to continue. */
		status: z.enum(['none', 'running', 'connected', 'failed', 'interrupted']),
		url: z.string().nullable(),
		frontdesk_url: z.string(),
		is_api_key_kept: z.boolean(),
		steps: z.array(n8nStep),
		workflows: z.array(
			z.object({
				workflow: n8nWorkflow,
				name: z.string(),
				/** Its page in n8n's editor. */
				url: z.string(),
				/** Where it is called; null for one without a webhook. */
				webhook_url: z.string().nullable(),
			}),
		),
		credentials: z.array(z.object({ name: z.string(), type: z.string(), url: z.string() })),
		/** The webhook endpoint that sends leads there. */
		endpoint_id: z.number().int().nullable(),
		/** What will probably not work, such as an address that n8n cannot reach. */
		warnings: z.array(z.string()),
		updated_at: timestamp.nullable(),
	})
	.meta({ id: 'N8nConnection' });
export type N8nConnection = z.infer<typeof n8nConnection>;
