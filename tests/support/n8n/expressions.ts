import { runInNewContext } from 'node:vm';

/** One item passed between nodes: its fields, and the raw body where a Webhook node keeps it. */
export interface Item {
	json: Record<string, unknown>;
	binary?: Record<string, Buffer>;
}

/** The data that expressions and Code nodes have access to. */
export interface Scope {
	items: Item[];
	/** The output of each node that has run, by name. */
	outputs: Map<string, Item[]>;
}

const createGlobals = ({ items, outputs }: Scope, index: number) => ({
	$json: items[index]?.json,
	$execution: { id: '1' },
	$input: { all: () => items, first: () => items[0], item: items[index] },
	$: (name: string) => {
		const found = outputs.get(name);
		if (!found) throw new Error(`the node "${name}" has not run`);
		return { first: () => found[0], all: () => found, item: found[index] ?? found[0] };
	},
});

/** Runs a Code node in the mode "run once for all items". */
export const runCode = (code: string, scope: Scope): unknown =>
	runInNewContext(`(() => {${code}\n})()`, createGlobals(scope, 0));

/** Evaluates the `{{ … }}` of a parameter that starts with `=`. A parameter that is one expression keeps its type. */
export function evaluate(parameter: unknown, scope: Scope, index = 0): unknown {
	if (typeof parameter !== 'string' || !parameter.startsWith('=')) return parameter;
	const run = (code: string): unknown => runInNewContext(`(${code})`, createGlobals(scope, index));
	const parts = [...parameter.slice(1).matchAll(/\{\{(.*?)\}\}(?!\})/gs)];
	if (parts.length === 1 && parts[0]?.[0] === parameter.slice(1).trim()) {
		return run(parts[0][1] ?? '');
	}
	return parameter
		.slice(1)
		.replaceAll(/\{\{(.*?)\}\}(?!\})/gs, (_, code: string) => String(run(code)));
}
