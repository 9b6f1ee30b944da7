import pg from 'pg';
import { z } from 'zod';

export interface Statement {
	text: string;
	values: unknown[];
}
const statement = z.object({ text: z.string(), values: z.array(z.unknown()).optional() });

/** The lists of the running captures. */
const captures = new Set<Statement[]>();

// Replaced before any connection is opened, because the app's connections keep the method that they start with.
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
	const [config, values] = typeof args[0] === 'string' ? [{ text: args[0] }, args[1]] : args;
	const sent = statement.safeParse(config).data;
	if (sent) {
		const parameters = sent.values ?? (Array.isArray(values) ? (values as unknown[]) : []);
		for (const list of captures) list.push({ text: sent.text, values: parameters });
	}
	return Reflect.apply(query, this, args) as never;
};

/** Returns the SQL statements that a call sends. The call can look at those sent so far. */
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
