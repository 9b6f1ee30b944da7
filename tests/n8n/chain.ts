import type { Workflow, WorkflowNode } from '../support/n8n/workflow.ts';

type Parameters = Record<string, unknown>;

const node = (name: string, type: string, typeVersion: number, parameters: Parameters) =>
	({ id: name, name, type, typeVersion, position: [0, 0], parameters }) satisfies WorkflowNode;

export const webhook = (path: string, parameters: Parameters = {}): WorkflowNode => ({
	...node('Webhook', 'n8n-nodes-base.webhook', 2.1, {
		httpMethod: 'POST',
		path,
		options: {},
		...parameters,
	}),
	webhookId: path,
});

export const code = (jsCode: string): WorkflowNode =>
	node('Code', 'n8n-nodes-base.code', 2, { jsCode });

export const respond = (parameters: Parameters): WorkflowNode =>
	node('Respond to Webhook', 'n8n-nodes-base.respondToWebhook', 1.5, {
		options: {},
		...parameters,
	});

export const post = (url: string, jsonBody: string): WorkflowNode =>
	node('Tell', 'n8n-nodes-base.httpRequest', 4.2, {
		method: 'POST',
		url,
		sendBody: true,
		specifyBody: 'json',
		jsonBody,
		options: {},
	});

export const subWorkflow = (id: string): WorkflowNode =>
	node('Execute Workflow', 'n8n-nodes-base.executeWorkflow', 1.2, {
		workflowId: { __rl: true, mode: 'id', value: id },
		workflowInputs: {
			mappingMode: 'defineBelow',
			value: { session_id: '={{ $json.body.session_id }}' },
			schema: [{ id: 'session_id', displayName: 'session_id', type: 'string', required: false }],
		},
		options: {},
	});

/** Creates a workflow of consecutive nodes. */
export const chain = (name: string, ...nodes: WorkflowNode[]): Workflow =>
	append(
		{
			name,
			nodes: nodes.slice(0, 1),
			connections: {},
			active: false,
			settings: { executionOrder: 'v1' },
			pinData: {},
			tags: [],
		},
		nodes[0]?.name ?? '',
		...nodes.slice(1),
	);

/** Returns the workflow with more nodes after one of its nodes. */
export function append(workflow: Workflow, after: string, ...nodes: WorkflowNode[]): Workflow {
	const connections = { ...workflow.connections };
	let from = after;
	for (const { name } of nodes) {
		connections[from] = { main: [[{ node: name, type: 'main', index: 0 }]] };
		from = name;
	}
	return { ...workflow, nodes: [...workflow.nodes, ...nodes], connections };
}
