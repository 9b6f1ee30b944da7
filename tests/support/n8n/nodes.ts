import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { evaluate, runCode, type Item, type Scope } from './expressions.ts';
import type { WorkflowNode } from './workflow.ts';

/** Credentials by the name that workflows refer to. */
export type Credentials = Record<string, Record<string, string>>;
/** The items on each of a node's outputs. */
type Outputs = Item[][];
type Run = (node: WorkflowNode, scope: Scope, credentials: Credentials) => Promise<Outputs>;

const items = z.array(z.object({ json: z.record(z.string(), z.unknown()) }));
const assignment = z.object({ name: z.string(), value: z.string() });
const setFields = z.object({ assignments: z.object({ assignments: z.array(assignment) }) });
const condition = z.object({
	leftValue: z.unknown(),
	rightValue: z.unknown(),
	operator: z.object({ type: z.literal('string'), operation: z.literal('equals') }),
});
const ifFields = z.object({ conditions: z.object({ conditions: z.tuple([condition]) }) });
const switchFields = z.object({
	rules: z.object({ values: z.array(ifFields) }),
	options: z.object({ fallbackOutput: z.literal('extra') }).loose(),
});
const hmacFields = z.object({
	action: z.literal('hmac'),
	binaryData: z.literal(true),
	binaryPropertyName: z.string(),
	type: z.literal('SHA256'),
	dataPropertyName: z.string(),
	encoding: z.literal('hex'),
});
const hashFields = z.object({
	action: z.literal('hash'),
	type: z.literal('SHA256'),
	value: z.string(),
	dataPropertyName: z.string(),
	encoding: z.literal('hex'),
});
const parameter = z.object({ name: z.string(), value: z.string() });
const httpFields = z.object({
	method: z.string().default('GET'),
	url: z.string(),
	jsonBody: z.string().optional(),
	headerParameters: z.object({ parameters: z.array(parameter) }).optional(),
	/** The type of the credential: a header, or that of a service. */
	genericAuthType: z.literal('httpHeaderAuth').optional(),
	nodeCredentialType: z.literal('googleAdsOAuth2Api').optional(),
});

function getCredential(node: WorkflowNode, type: string, credentials: Credentials) {
	const found = credentials[node.credentials?.[type]?.name ?? ''];
	if (!found) throw new Error(`"${node.name}" has no credential of the type ${type}`);
	return found;
}

/** Passes each item to the output of the first rule that holds, or to one more output if none does. */
function splitByRules(rules: z.infer<typeof ifFields>[], scope: Scope): Outputs {
	const outputs: Outputs = [...rules, null].map(() => []);
	scope.items.forEach((item, index) => {
		const first = rules.findIndex(({ conditions }) => {
			const { leftValue, rightValue } = conditions.conditions[0];
			return evaluate(leftValue, scope, index) === evaluate(rightValue, scope, index);
		});
		outputs.at(first)?.push(item);
	});
	return outputs;
}

const mapItems = async (scope: Scope, run: (item: Item, index: number) => Promise<Item>) =>
	Promise.all(scope.items.map(run));

/** n8n's built-in nodes, as far as the workflows of docs/n8n use them. */
export const NODES: Record<string, Run> = {
	'n8n-nodes-base.code': async (node, scope) => [
		items.parse(runCode(String(node.parameters['jsCode']), scope)),
	],
	'n8n-nodes-base.noOp': (_, { items: passed }) => Promise.resolve([passed]),
	'n8n-nodes-base.set': async (node, scope) => {
		const { assignments } = setFields.parse(node.parameters).assignments;
		const set = (index: number) =>
			assignments.map(({ name, value }) => [name, evaluate(value, scope, index)] as const);
		return [await mapItems(scope, async (_, index) => ({ json: Object.fromEntries(set(index)) }))];
	},
	'n8n-nodes-base.if': async (node, scope) => {
		return splitByRules([ifFields.parse(node.parameters)], scope);
	},
	'n8n-nodes-base.switch': async (node, scope) => {
		return splitByRules(switchFields.parse(node.parameters).rules.values, scope);
	},
	'n8n-nodes-base.crypto': async (node, scope, credentials) => {
		if (node.parameters['action'] === 'hash') {
			const { value, dataPropertyName } = hashFields.parse(node.parameters);
			const hash = async ({ json }: Item, index: number) => {
				const text = String(evaluate(value, scope, index));
				const digest = createHash('sha256').update(text).digest('hex');
				return { json: { ...json, [dataPropertyName]: digest } };
			};
			return [await mapItems(scope, hash)];
		}
		const { binaryPropertyName, dataPropertyName } = hmacFields.parse(node.parameters);
		const { hmacSecret = '' } = getCredential(node, 'crypto', credentials);
		const sign = async ({ json, binary }: Item) => {
			const bytes = binary?.[binaryPropertyName];
			if (!bytes) throw new Error(`there is no binary property "${binaryPropertyName}"`);
			const signature = createHmac('sha256', hmacSecret).update(bytes).digest('hex');
			return { json: { ...json, [dataPropertyName]: signature }, binary };
		};
		return [await mapItems(scope, sign)];
	},
	'n8n-nodes-base.httpRequest': async (node, scope, credentials) => {
		const fields = httpFields.parse(node.parameters);
		const { method, url, jsonBody, headerParameters } = fields;
		const type = fields.nodeCredentialType ?? 'httpHeaderAuth';
		const { name = '', value = '' } = getCredential(node, type, credentials);
		const send = async (_: Item, index: number) => {
			const response = await fetch(String(evaluate(url, scope, index)), {
				method,
				headers: {
					accept: 'application/json,text/html,application/xhtml+xml,*/*;q=0.7',
					'user-agent': 'n8n',
					[name]: value,
					...Object.fromEntries(
						(headerParameters?.parameters ?? []).map((header) => [
							header.name,
							String(evaluate(header.value, scope, index)),
						]),
					),
					...(jsonBody !== undefined && { 'content-type': 'application/json' }),
				},
				...(jsonBody !== undefined && { body: String(evaluate(jsonBody, scope, index)) }),
			});
			const json = z.record(z.string(), z.unknown()).parse(await response.json());
			if (response.ok) return { json };
			if (node.onError === 'continueRegularOutput') return { json: { error: json } };
			throw new Error(`${node.name}: ${response.status} ${JSON.stringify(json)}`);
		};
		return [await mapItems(scope, send)];
	},
};
