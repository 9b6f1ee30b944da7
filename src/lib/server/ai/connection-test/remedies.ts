import type { ConnectorFault } from '#lib/contract/connector.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';

/** Advice for n8n and for webhooks that behave like it. */
const REMEDIES: Record<ConnectorFault, [title: string, remedy: string]> = {
	workflow_not_active: [
		'The workflow is not active',
		"In n8n open the workflow and click Publish at the top right (before n8n 2: the Active switch), and wait a moment. If it is already published, the URL is wrong: open the Webhook node, choose Production URL and click the URL to copy it. A Chat Trigger's URL ends with /chat.",
	],
	not_a_webhook_url: [
		'This is not a webhook URL',
		"A webhook URL contains /webhook/; the addresses of n8n, its editor and hosted chat pages don't answer calls. In n8n open the Webhook node, choose Production URL and click the URL to copy it. With a Chat Trigger copy its Chat URL, which ends with /chat.",
	],
	chat_path_missing: [
		'The URL lacks /chat at the end',
		'This workflow begins with a Chat Trigger. Add /chat to the URL, or copy the Chat URL from the Chat Trigger node.',
	],
	test_url: [
		'This is the test URL',
		'It answers one call after each click on "Execute workflow". In the Webhook node choose Production URL instead of Test URL, copy the production URL (/webhook/…, not /webhook-test/…) and publish the workflow.',
	],
	wrong_method: [
		'The Webhook node does not accept POST',
		'In the Webhook node set HTTP Method to POST and publish the workflow again.',
	],
	answers_immediately: [
		'The workflow answers before it has run',
		'In n8n open the Webhook node, set Respond to "When Last Node Finishes", "Using \'Respond to Webhook\' Node" or "Streaming" instead of "Immediately", and publish the workflow again. On other platforms, add the step that returns the reply as the HTTP response.',
	],
	answers_by_chat_nodes: [
		'The trigger answers through Chat nodes',
		'Only n8n\'s own chat supports that. In the Chat Trigger\'s options set the response mode to "When Last Node Finishes", "Using Response Nodes" with a Respond to Webhook node, or "Streaming".',
	],
	no_data: [
		'The workflow ran, but its last node returned nothing',
		'Make the last node return one item with the reply as "output" or "reply".',
	],
	respond_mode: [
		'The Webhook node and Respond to Webhook do not match',
		'In the Webhook node set Respond to "Using \'Respond to Webhook\' Node" and keep that node in the workflow, or remove the node and respond "When Last Node Finishes".',
	],
	wrong_credentials: [
		'The credentials were rejected',
		'In n8n open the Webhook node: check which Header Auth credential it uses, and compare its name and value with those here (the value is case-sensitive). The option "Ignore Bots" causes the same error: remove it.',
	],
	address_not_allowed: [
		"The Webhook node's IP list does not include this server",
		'In n8n open the Webhook node and add the IP address that this server calls from to its option "IP(s) Allowlist" (before n8n 2: "IP(s) Whitelist"), or remove the option. Then publish the workflow again.',
	],
	empty_answer: [
		'The answer is empty',
		'In the Webhook node, Respond must not be "Immediately", and the option "No Response Body" must be off. Otherwise check in the last execution that the run reaches the Respond to Webhook node, and that this node does not respond with "No Data". A streaming trigger also needs streaming in the AI Agent.',
	],
	streaming_off_in_agent: [
		'The trigger streams, but no node in the workflow does',
		'Turn on "Enable Streaming" in the options of the AI Agent (or of the Respond to Webhook node), or let the trigger respond "When Last Node Finishes".',
	],
	html_answer: [
		'A web page came back, not a reply',
		"The address leads to a website, n8n's editor, a sign-in page or a proxy. Use the production URL that the Webhook node shows; it contains /webhook/.",
	],
	no_reply_in_answer: [
		'No reply was found in the answer',
		'Return the text as "reply", or as "output" like the AI Agent does: { "reply": "Hello!" }.',
	],
	workflow_failed: [
		'The workflow failed',
		'In n8n open the workflow, choose Executions and open the last execution: the red node shows why. If it is the node that calls Frontdesk, check its URL and its credential.',
	],
	private_address: [
		'Frontdesk may not call this address',
		'It is private, loopback or reserved. If n8n runs on this machine or in your network, start Frontdesk with OUTBOUND_ALLOW_PRIVATE=true; otherwise use its public address.',
	],
	redirect: [
		'The address redirects elsewhere',
		'Enter the address that it redirects to (see below). Often http:// must be https://, or the redirect leads to a sign-in page in front of n8n.',
	],
	tls: [
		'The secure connection failed',
		'The certificate must be valid for this host, complete with its chain, and not expired. If the port speaks plain HTTP, start the address with http://.',
	],
	dns: ['The host was not found', 'Check the spelling of the host name.'],
	refused: [
		'Nothing is listening there',
		'Check that n8n is running, that the host and port are right, and that no firewall blocks the connection.',
	],
	broken_off: [
		'The connection was lost before an answer arrived',
		'Check the logs of n8n and of the proxy in front of it.',
	],
	timeout: [
		'The answer took too long',
		'Make the workflow faster or let it stream its reply; its executions in n8n show which node is slow.',
	],
	gateway: [
		'The proxy in front of n8n got no answer',
		"Check that n8n is running. If it is only slow, raise the proxy's read timeout or use streaming.",
	],
	rate_limited: ['The webhook limits the rate of calls', 'Wait, or raise its limit.'],
	too_large: ['The answer is too large', 'Make the workflow return only the reply.'],
	bad_status: [
		'The webhook returned an error',
		'Check the status and response below, and the last execution in n8n.',
	],
	other: ['The test failed', 'See the details below.'],
};

/** Advice that differs for an OpenAI-compatible API. */
const API_REMEDIES: Partial<typeof REMEDIES> = {
	workflow_not_active: [
		'The API doesn’t know this address or model',
		'Check the base URL (it often ends with /v1) and the model name.',
	],
	wrong_credentials: [
		'The API rejected the key',
		'Enter the key again; it must be allowed to use this model.',
	],
	rate_limited: [
		'The API limits the rate of calls',
		'Wait, raise the account limit, or check whether its credit is used up.',
	],
	bad_status: ['The API returned an error', 'Check the status and response below.'],
	empty_answer: ['The model returned nothing', 'Try another model, or a simpler system prompt.'],
	html_answer: [
		'A web page came back, not a reply',
		'The base URL leads to a website or a proxy, not to the API.',
	],
	no_reply_in_answer: [
		'This is not an answer from an OpenAI-compatible API',
		'Check the base URL: Frontdesk appends /chat/completions.',
	],
	refused: [
		'Nothing is listening there',
		'Check that the API is running, and that the host and port are right.',
	],
	broken_off: ['The connection was lost before an answer arrived', 'Try again.'],
	timeout: ['The answer took too long', 'Try again, or choose a faster model.'],
	private_address: [
		'Frontdesk may not call this address',
		'It is private, loopback or reserved. If your model runs in your network, start Frontdesk with OUTBOUND_ALLOW_PRIVATE=true.',
	],
};

/** Advice that differs for an endpoint that receives deliveries. */
const DELIVERY_REMEDIES: Partial<typeof REMEDIES> = {
	answers_immediately: [
		'n8n accepted the call, but answers before the workflow has run',
		'Leads would count as delivered even when the workflow fails. In the Webhook node set Respond to "Using \'Respond to Webhook\' Node" (as lead-intake.json does) or "When Last Node Finishes", and publish the workflow again.',
	],
	html_answer: [
		'A web page came back: nothing received the delivery',
		"The address leads to a website, n8n's editor, a sign-in page or a proxy. Use the production URL that the Webhook node shows; it contains /webhook/.",
	],
	wrong_credentials: [
		'The webhook refused the call',
		'If the Webhook node uses Header Auth, enter the same header name and value here under "Auth header" (the value is case-sensitive), or set its Authentication to "None". If the workflow checks the signature, compare its secret with the signing secret of this webhook. The option "Ignore Bots" also refuses calls: remove it.',
	],
	no_data: [
		'The workflow ran, but its last node returned nothing',
		'End the workflow with a Respond to Webhook node, as lead-intake.json does.',
	],
	timeout: [
		'The webhook took longer than 15 seconds',
		'Respond first and work afterwards: put the Respond to Webhook node before slow nodes, as lead-intake.json does.',
	],
	rate_limited: ['The webhook limits the rate of calls', 'Wait, or raise its limit.'],
	bad_status: [
		'The webhook returned an error',
		'Check the status and response below, and the last execution in n8n.',
	],
};

/** Returns a fault's title and remedy for a type of AI or for a delivery endpoint. */
export function getRemedy(
	fault: ConnectorFault,
	target: ConnectorSettings['type'] | 'delivery',
): [title: string, remedy: string] {
	const specific =
		target === 'openai' ? API_REMEDIES : target === 'delivery' ? DELIVERY_REMEDIES : {};
	return specific[fault] ?? REMEDIES[fault];
}
