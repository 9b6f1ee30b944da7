import { z } from 'zod';
import { evaluate, type Item, type Scope } from './expressions.ts';
import { NODES, type Credentials } from './nodes.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';

/** The result of a run: each node's output, and the responses to the webhook in order. */
export interface Execution {
	outputs: Map<string, Item[]>;
	answers: { status: number; body: string; node: string }[];
}

const respondFields = z.object({
	respondWith: z.literal('json'),
	responseBody: z.string(),
	options: z.object({ responseCode: z.number().default(200) }).loose(),
});

/** Runs a workflow like n8n, starting with these items from its trigger. `mocks` replaces nodes that need a model. */
export async function execute(
	workflow: Workflow,
	trigger: Item[],
	credentials: Credentials,
	mocks: Record<string, (items: Item[]) => Item[]> = {},
): Promise<Execution> {
	const execution: Execution = { outputs: new Map(), answers: [] };
	const run = async (node: WorkflowNode, scope: Scope): Promise<Item[][]> => {
		const mock = mocks[node.name];
		if (mock) return [mock(scope.items)];
		if (node.type === 'n8n-nodes-base.respondToWebhook') {
			const { responseBody, options } = respondFields.parse(node.parameters);
			const body = String(evaluate(responseBody, scope));
			JSON.parse(body);
			execution.answers.push({ status: options.responseCode, body, node: node.name });
			return [scope.items];
		}
		const known = NODES[node.type];
		if (!known && node.onError === 'continueRegularOutput') {
			return [scope.items.map(() => ({ json: { error: 'the runner has no model' } }))];
		}
		if (!known) throw new Error(`the runner has no node ${node.type}`);
		return known(node, scope, credentials);
	};
	const follow = async (from: string, outputs: Item[][]): Promise<void> => {
		execution.outputs.set(from, outputs.flat());
		for (const [output, links] of (workflow.connections[from]?.['main'] ?? []).entries()) {
			const items = outputs[output] ?? [];
			if (items.length === 0) continue;
			for (const link of links) {
				const node = getNode(workflow, link.node);
				await follow(node.name, await run(node, { items, outputs: execution.outputs }));
			}
		}
	};
	await follow(getTrigger(workflow).name, [trigger]);
	return execution;
}

function getNode(workflow: Workflow, name: string): WorkflowNode {
	const found = workflow.nodes.find((node) => node.name === name);
	if (!found) throw new Error(`there is no node "${name}"`);
	return found;
}

/** Returns the node that starts a run. */
export const getTrigger = (workflow: Workflow): WorkflowNode => {
	const trigger = workflow.nodes.find(({ type }) => /(\.webhook|Trigger)$/.test(type));
	if (!trigger) throw new Error('there is no trigger');
	return trigger;
};
