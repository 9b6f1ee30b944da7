import type { ConnectableWorkflow, N8nWorkflow } from '#lib/contract/n8n.ts';

interface Workflow<T> {
	value: T;
	label: string;
	hint: string;
}

/** The included workflows that Frontdesk can create in n8n. */
export const WORKFLOWS: Workflow<ConnectableWorkflow>[] = [
	{
		value: 'chat-agent-without-llm',
		label: 'Chat agent without an LLM',
		hint: 'Asks a few fixed questions. Works immediately.',
	},
	{
		value: 'chat-agent',
		label: 'AI agent',
		hint: 'Streams replies from a model. Needs an OpenAI API key.',
	},
	{
		value: 'site-agent',
		label: 'AI agent for this site',
		hint: 'Has this site’s questions and a structured output format. Needs an OpenAI API key.',
	},
	{
		value: 'lead-intake',
		label: 'Lead intake',
		hint: 'Receives new, changed and withdrawn leads, with a separate branch for each to connect to your CRM.',
	},
	{
		value: 'error-workflow',
		label: 'Error reports',
		hint: 'Reports workflow errors to Automation.',
	},
	{
		value: 'conversation-fetch',
		label: 'Fetch a conversation',
		hint: 'A sub-workflow that reads a chat.',
	},
	{
		value: 'ingest',
		label: 'Messages from another channel',
		hint: 'Imports chats from other channels, e.g. SMS.',
	},
];

/** All included workflows. */
export const DOWNLOADS: Workflow<N8nWorkflow>[] = [
	...WORKFLOWS,
	{
		value: 'ad-conversions',
		label: 'Ad conversions',
		hint: 'Uploads qualified and won leads to Google Ads and Meta. Requires an account with each.',
	},
];
