import { type Handler, send, sendJson } from '../exchange.ts';
import type { AiHandler } from './ai-stand-in.ts';

const respondWith = (code: number, body: unknown): AiHandler => {
	return ({ response }) => sendJson(response, body, code);
};

const refuseUnregistered = (hint: string): AiHandler =>
	respondWith(404, {
		code: 404,
		message: 'The requested webhook "POST chat" is not registered.',
		hint,
	});

const refuseWith = (code: number, text: string): Handler => {
	return ({ response }) => {
		response.writeHead(code, { 'www-authenticate': 'Basic realm="Webhook"' });
		response.end(text);
	};
};

const createHtmlPage = (title: string) =>
	`<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>`;

/** Answers without a reply, from n8n itself or from a proxy in front of it. */
export const REFUSALS = {
	/** The Respond node was never reached or sends "No Data", or only the trigger has streaming on. */
	empty: ({ response }) => {
		response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end();
	},
	started: respondWith(200, { message: 'Workflow was started' }),
	'no-data': respondWith(200, {
		message: 'Workflow executed successfully but the last node did not return any data',
	}),
	/** Response mode "Using Response Nodes": messages arrive over a socket. */
	'execution-started': respondWith(200, {
		executionStarted: true,
		executionId: '77',
		resumeToken: 'c0ffee',
	}),
	null: respondWith(200, null),
	'empty-array': respondWith(200, []),
	'no-reply': respondWith(200, { stage: 'budget', score: 3 }),
	'error-in-workflow': respondWith(500, { message: 'Error in workflow' }),
	'no-item': respondWith(500, { code: 0, message: 'No item to return was found' }),
	'no-respond-node': respondWith(500, {
		code: 0,
		message: 'No Respond to Webhook node found in the workflow',
	}),
	'unused-respond-node': respondWith(500, {
		code: 0,
		message: 'Unused Respond to Webhook node found in the workflow',
	}),
	'timed-out': respondWith(500, {
		code: 0,
		message: 'The execution was cancelled because it timed out',
	}),
	forbidden: refuseWith(403, 'Authorization data is wrong!'),
	unauthorized: refuseWith(401, 'Authorization is required!'),
	'not-allowed': refuseWith(403, 'IP is not whitelisted to access the webhook!'),
	'not-registered': refuseUnregistered(
		'The workflow must be active for a production URL to run successfully.',
	),
	'test-url': refuseUnregistered(
		"Click the 'Execute workflow' button on the canvas, then try again. (In test mode, the webhook only works for one call after you click this button)",
	),
	'wrong-method': respondWith(404, {
		code: 404,
		message:
			'This webhook is not registered for POST requests. Did you mean to make a GET request?',
	}),
	/** In the moment after the workflow was published. */
	registering: respondWith(404, {
		code: 404,
		message:
			'This webhook is not registered for POST requests. Did you mean to make a POST request?',
	}),
	'rate-limited': ({ response }) => {
		response.writeHead(429, { 'retry-after': '1' }).end('Too many requests');
	},
	'gateway-timeout': ({ response }) =>
		send(response, 504, 'text/html', createHtmlPage('504 Gateway Time-out')),
	html: ({ response }) =>
		send(response, 200, 'text/html', `<!DOCTYPE html>\n${createHtmlPage('Sign in · n8n')}`),
} satisfies Record<string, AiHandler>;
