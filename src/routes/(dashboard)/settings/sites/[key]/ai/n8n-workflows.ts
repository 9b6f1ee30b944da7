import type { N8nWorkflow } from '#lib/contract/n8n.ts';

/** The shipped workflows, as an admin chooses them. */
export const WORKFLOWS: { value: N8nWorkflow; label: string; hint: string }[] = [
	{
		value: 'chat-agent-without-llm',
		label: 'Chat agent without an LLM',
		hint: 'Answers with a few fixed questions. Works at once.',
	},
	{
		value: 'chat-agent',
		label: 'AI agent',
		hint: 'A model answers, streaming. Needs an OpenAI API key.',
	},
	{
		value: 'lead-intake',
		label: 'Lead intake',
		hint: 'Receives finished leads and checks their signature. Add your CRM behind it.',
	},
	{
		value: 'error-workflow',
		label: 'Error reports',
		hint: 'Shows failures of the workflows under Automation.',
	},
	{
		value: 'conversation-fetch',
		label: 'Fetch a conversation',
		hint: 'A sub-workflow that reads a chat.',
	},
	{
		value: 'ingest',
		label: 'Messages of another channel',
		hint: 'Stores chats from elsewhere, e.g. SMS.',
	},
];
