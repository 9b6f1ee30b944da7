import pg from 'pg';
import { z } from 'zod';

export interface Statement {
	text: string;
	values: unknown[];
}
const statementSchema = z.object({ text: z.string(), values: z.array(z.unknown()).optional() });

/** The statements captured so far by each running `captureStatements`. */
const captures = new Set<Statement[]>();

// Patched when this module is loaded, because the app's connections bind the method when they are created.
const { query: originalQuery } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
	const [config, values] = typeof args[0] === 'string' ? [{ text: args[0] }, args[1]] : args;
	const sent = statementSchema.safeParse(config).data;
	if (sent) {
		const parameters = sent.values ?? (Array.isArray(values) ? (values as unknown[]) : []);
		for (const list of captures) list.push({ text: sent.text, values: parameters });
	}
	return Reflect.apply(originalQuery, this, args) as never;
};

/** Returns the SQL statements sent during `run`. `run` receives the list of statements sent so far. */
export async function captureStatements(
	run: (sent: readonly Statement[]) => Promise<unknown>,
): Promise<Statement[]> {
	const sent: Statement[] = [];
	captures.add(sent);
	try {
		await run(sent);
	} finally {
		captures.delete(sent);
	}
	return sent;
}
