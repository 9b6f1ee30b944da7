import { type Handler, send, sendJson } from '../exchange.ts';
import type { AiHandler } from './ai-stand-in.ts';

const status = (code: number, body: unknown): AiHandler => {
	return ({ response }) => sendJson(response, body, code);
};

const notRegistered = (hint: string): AiHandler =>
	status(404, {
		code: 404,
		message: 'The requested webhook "POST chat" is not registered.',
		hint,
	});

const refused = (code: number, text: string): Handler => {
	return ({ response }) => {
		response.writeHead(code, { 'www-authenticate': 'Basic realm="Webhook"' });
		response.end(text);
	};
};

const htmlPage = (title: string) =>
	`<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>`;

/** Answers without a reply, from n8n itself or from a proxy in front of it. */
export const REFUSALS = {
	/** The Respond node was never reached or sends "No Data", or only the trigger has streaming on. */
	empty: ({ response }) => {
		response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end();
	},
	started: status(200, { message: 'Workflow was started' }),
	'no-data': status(200, {
		message: 'Workflow executed successfully but the last node did not return any data',
	}),
	/** Response mode "Using Response Nodes": messages arrive over a socket. */
	'execution-started': status(200, {
		executionStarted: true,
		executionId: '77',
		resumeToken: 'c0ffee',
	}),
	null: status(200, null),
	'empty-array': status(200, []),
	'no-reply': status(200, { stage: 'budget', score: 3 }),
	'error-in-workflow': status(500, { message: 'Error in workflow' }),
	'no-item': status(500, { code: 0, message: 'No item to return was found' }),
	'no-respond-node': status(500, {
		code: 0,
		message: 'No Respond to Webhook node found in the workflow',
	}),
	'unused-respond-node': status(500, {
		code: 0,
		message: 'Unused Respond to Webhook node found in the workflow',
	}),
	'timed-out': status(500, {
		code: 0,
		message: 'The execution was cancelled because it timed out',
	}),
	forbidden: refused(403, 'Authorization data is wrong!'),
	unauthorized: refused(401, 'Authorization is required!'),
	'not-allowed': refused(403, 'IP is not whitelisted to access the webhook!'),
	'not-registered': notRegistered(
		'The workflow must be active for a production URL to run successfully.',
	),
	'test-url': notRegistered(
		"Click the 'Execute workflow' button on the canvas, then try again. (In test mode, the webhook only works for one call after you click this button)",
	),
	'wrong-method': status(404, {
		code: 404,
		message:
			'This webhook is not registered for POST requests. Did you mean to make a GET request?',
	}),
	/** In the moment after the workflow was published. */
	registering: status(404, {
		code: 404,
		message:
			'This webhook is not registered for POST requests. Did you mean to make a POST request?',
	}),
	'rate-limited': ({ response }) => {
		response.writeHead(429, { 'retry-after': '1' }).end('Too many requests');
	},
	'gateway-timeout': ({ response }) =>
		send(response, 504, 'text/html', htmlPage('504 Gateway Time-out')),
	html: ({ response }) =>
		send(response, 200, 'text/html', `<!DOCTYPE html>\n${htmlPage('Sign in · n8n')}`),
} satisfies Record<string, AiHandler>;
