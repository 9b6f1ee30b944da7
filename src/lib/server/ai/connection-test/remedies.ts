import type { ConnectorFault } from '#lib/contract/connector.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';

/** For n8n, and any webhook that answers like it. */
const REMEDIES: Record<ConnectorFault, [title: string, remedy: string]> = {
	workflow_not_active: [
		'The workflow is not active',
		"In n8n open the workflow and click Publish at the top right (before n8n 2: the Active switch), and wait a moment. If it is published, the URL is wrong: open the Webhook node, choose Production URL and click the URL to copy it. A Chat Trigger's URL ends with /chat.",
	],
	not_a_webhook_url: [
		'This is not the URL of a webhook',
		"A webhook's URL has /webhook/ in it; the address of n8n, of its editor or of a hosted chat page does not answer. In n8n open the Webhook node, choose Production URL and click the URL to copy it. With a Chat Trigger copy its Chat URL, which ends with /chat.",
	],
	chat_path_missing: [
		'/chat is missing at the end of the URL',
		'This workflow begins with a Chat Trigger. Add /chat to the URL, or copy the Chat URL from the Chat Trigger node.',
	],
	test_url: [
		'This is the test URL',
		'It answers one call after each click on "Execute workflow". In the Webhook node choose Production URL instead of Test URL, copy the production URL (/webhook/…, not /webhook-test/…) and publish the workflow.',
	],
	wrong_method: [
		'The Webhook node does not take POST',
		'In the Webhook node set HTTP Method to POST and publish the workflow again.',
	],
	answers_immediately: [
		'The workflow answers before it has run',
		'In the Webhook node set Respond to "When Last Node Finishes", "Using \'Respond to Webhook\' Node" or "Streaming" instead of "Immediately", and publish the workflow again.',
	],
	answers_by_chat_nodes: [
		'The trigger answers by Chat nodes',
		'Only n8n\'s own chat understands that. In the Chat Trigger\'s options set the response mode to "When Last Node Finishes", "Using Response Nodes" with a Respond to Webhook node, or "Streaming".',
	],
	no_data: [
		'The workflow ran, but its last node gave nothing',
		'Let the last node give one item with the reply, as "output" or "reply".',
	],
	respond_mode: [
		'The Webhook node and Respond to Webhook do not fit together',
		'In the Webhook node set Respond to "Using \'Respond to Webhook\' Node" and have that node in the workflow, or take the node away and respond "When Last Node Finishes".',
	],
	wrong_credentials: [
		'The credentials were not accepted',
		'In n8n open the Webhook node: check which Header Auth credential it uses, and compare the header name and value here with it (the value is case-sensitive). The option "Ignore Bots" refuses calls with the same words: remove it.',
	],
	address_not_allowed: [
		"The Webhook node's IP list does not have this server's address",
		'In n8n open the Webhook node and add the IP address that this server calls from to its option "IP(s) Allowlist" (before n8n 2: "IP(s) Whitelist"), or remove the option. Then publish the workflow again.',
	],
	empty_answer: [
		'The answer is empty',
		'In the Webhook node, Respond must not be "Immediately", and the option "No Response Body" must be off. Otherwise check in the last execution that the run reaches the Respond to Webhook node, and that this node does not respond with "No Data". A streaming trigger needs streaming in the AI Agent, too.',
	],
	streaming_off_in_agent: [
		'The trigger streams, but nothing in the workflow does',
		'Switch on "Enable Streaming" in the options of the AI Agent (or of the Respond to Webhook node), or let the trigger respond "When Last Node Finishes".',
	],
	html_answer: [
		'A web page came back, not a reply',
		"The address leads to a website, n8n's editor, a sign-in page or a proxy. Use the production URL that the Webhook node shows; it has /webhook/ in it.",
	],
	no_reply_in_answer: [
		'No reply was found in the answer',
		'Give the text as "reply", or as "output" like the AI Agent does: { "reply": "Hello!" }.',
	],
	workflow_failed: [
		'The workflow failed',
		'In n8n open the workflow, choose Executions and open the last execution: the node in red says why. If it is the node that calls Frontdesk, check its URL and its credential.',
	],
	private_address: [
		'This address may not be called',
		'It is private, loopback or reserved. If n8n runs on this machine or in your own network, start Frontdesk with OUTBOUND_ALLOW_PRIVATE=true; otherwise use its public address.',
	],
	redirect: [
		'The address redirects elsewhere',
		'Enter the address that it redirects to, which is named below. Often http:// has to be https://, or the redirect leads to a sign-in page in front of n8n.',
	],
	tls: [
		'There is no secure connection',
		'The certificate must be valid for this host, with its whole chain, and not have expired. If the port speaks plain HTTP, begin the address with http://.',
	],
	dns: ['There is no such host', 'Look for a slip in the name of the host.'],
	refused: [
		'Nothing listens there',
		'Check that n8n is running, that host and port are right, and that no firewall stands between.',
	],
	broken_off: [
		'The connection broke before there was an answer',
		'Look at the log of n8n, and of the proxy in front of it.',
	],
	timeout: [
		'The answer took too long',
		'Let the workflow stream its reply or make it faster; its executions in n8n show which node takes long.',
	],
	gateway: [
		'The proxy in front of n8n got no answer',
		"Check that n8n is running. If it is only slow, raise the proxy's read timeout, or stream.",
	],
	rate_limited: ['The webhook gets more calls than it allows', 'Wait, or raise its limit.'],
	too_large: ['The answer is too large', 'Let the workflow answer with the reply alone.'],
	bad_status: [
		'The webhook refused the call',
		'Its status and answer below say more; so does the last execution in n8n.',
	],
	other: ['The test failed', 'The details below say why.'],
};

/** Where a fault of an OpenAI-compatible API is another one than a workflow's. */
const OF_AN_API: Partial<typeof REMEDIES> = {
	workflow_not_active: [
		'The API has no such address or model',
		'Check the base URL (it often ends with /v1) and the name of the model.',
	],
	wrong_credentials: [
		'The API did not accept the key',
		'Type the key anew; it must be allowed to use this model.',
	],
	rate_limited: [
		'The API gets more calls than the account allows',
		'Wait, raise the limit of the account, or see whether its credit is used up.',
	],
	bad_status: ['The API refused the call', 'Its status and answer below say more.'],
	empty_answer: ['The model said nothing', 'Try another model, or a simpler system prompt.'],
	html_answer: [
		'A web page came back, not a reply',
		'The base URL leads to a site or a proxy, not to the API.',
	],
	no_reply_in_answer: [
		'This is no answer of an OpenAI-compatible API',
		'Check the base URL: /chat/completions is added to it.',
	],
	refused: ['Nothing listens there', 'Check that the API runs, and its host and port.'],
	broken_off: ['The connection broke before there was an answer', 'Try again.'],
	timeout: ['The answer took too long', 'Try again, or choose a faster model.'],
	private_address: [
		'This address may not be called',
		'It is private, loopback or reserved. If your model runs in your own network, start Frontdesk with OUTBOUND_ALLOW_PRIVATE=true.',
	],
};

/** The same for an endpoint that takes leads and events. */
const OF_A_DELIVERY: Partial<typeof REMEDIES> = {
	answers_immediately: [
		'n8n accepted the call, but answers before the workflow has run',
		'Leads would count as delivered even when the workflow fails. In the Webhook node set Respond to "Using \'Respond to Webhook\' Node" (as lead-intake.json does) or "When Last Node Finishes", and publish the workflow again.',
	],
	html_answer: [
		'A web page came back: nothing received the delivery',
		"The address leads to a website, n8n's editor, a sign-in page or a proxy. Use the production URL that the Webhook node shows; it has /webhook/ in it.",
	],
	wrong_credentials: [
		'The endpoint refused the call',
		'If the Webhook node uses Header Auth, enter the same header name and value here under "Auth header" (the value is case-sensitive), or set its Authentication to "None". If the workflow checks the signature, compare its secret with the signing secret of this endpoint. The option "Ignore Bots" refuses calls, too: remove it.',
	],
	no_data: [
		'The workflow ran, but its last node returned nothing',
		'Let the workflow end with a Respond to Webhook node, as lead-intake.json does.',
	],
	timeout: [
		'The endpoint took longer than 15 seconds',
		'Answer first and work afterwards: put the Respond to Webhook node before slow nodes, as lead-intake.json does.',
	],
	rate_limited: ['The endpoint gets more calls than it allows', 'Wait, or raise its limit.'],
	bad_status: [
		'The endpoint refused the call',
		'Its status and answer say more; so does the last execution in n8n.',
	],
};

/** A fault in a few words, and what to do about it, for this kind of AI or for an endpoint. */
export function remedyOf(
	fault: ConnectorFault,
	of: ConnectorSettings['type'] | 'delivery',
): [title: string, remedy: string] {
	const own = of === 'openai' ? OF_AN_API : of === 'delivery' ? OF_A_DELIVERY : {};
	return own[fault] ?? REMEDIES[fault];
}
