import { z } from 'zod';
import { type Handler, sendJson } from '../stand-in/exchange.ts';
import type { Item } from './expressions.ts';
import type { Credentials } from './nodes.ts';
import { execute, getTrigger, type Execution } from './run.ts';
import type { Workflow } from './workflow.ts';

interface Options {
	credentials: Credentials;
	mocks?: Record<string, (items: Item[]) => Item[]>;
	/** Called after every run. */
	onRun?: (execution: Execution) => void;
}

/** Creates a handler that answers like n8n at the production URL of a workflow with a Webhook node. */
export function createWebhookHandler(workflow: Workflow, options: Options): Handler {
	const { parameters, credentials = {} } = getTrigger(workflow);
	const guard = options.credentials[credentials['httpHeaderAuth']?.name ?? ''];
	return async ({ request, response }) => {
		if (
			parameters['authentication'] === 'headerAuth' &&
			request.headers[(guard?.['name'] ?? '').toLowerCase()] !== guard?.['value']
		) {
			response.writeHead(403).end('Authorization data is wrong!');
			return;
		}
		const { headers } = request;
		const item = { json: { headers, params: {}, query: {}, body: request.json() } };
		const isRaw = JSON.stringify(parameters['options']).includes('"rawBody":true');
		const trigger = isRaw ? { ...item, binary: { data: request.body } } : item;
		const failed = () => sendJson(response, { message: 'Error in workflow' }, 500);
		const run = execute(workflow, [trigger], options.credentials, options.mocks);
		const execution = await run.catch(() => undefined);
		if (!execution) return failed();
		options.onRun?.(execution);
		if (parameters['responseMode'] === 'streaming') return stream(response, execution);
		const last = [...execution.outputs.values()].at(-1)?.[0]?.json;
		const [answer] = execution.answers;
		if (answer) sendJson(response, JSON.parse(answer.body), answer.status);
		else sendJson(response, last);
	};
}

/** Streams the agent's text in chunks, then the output of Respond to Webhook. */
function stream(response: Parameters<Handler>[0]['response'], execution: Execution): void {
	response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
	const text = z.string().parse(execution.outputs.get('AI Agent')?.[0]?.json['output']);
	const parts = [
		{ node: 'AI Agent', chunks: text.split(/(?<= )/) },
		...execution.answers.map(({ node, body }) => ({ node, chunks: [body] })),
	];
	for (const { node, chunks } of parts) {
		const line = (type: string, content?: string) => {
			const metadata = { nodeId: node, nodeName: node, itemIndex: 0, runIndex: 0 };
			response.write(`${JSON.stringify({ type, content, metadata })}\n`);
		};
		line('begin');
		for (const chunk of chunks) line('item', chunk);
		line('end');
	}
	response.end();
}
