import { z } from 'zod';

const traceEvent = z.looseObject({
	name: z.string(),
	ph: z.string(),
	pid: z.number(),
	tid: z.number(),
	dur: z.number().optional(),
	/** CPU time: what the task took of its own, whoever else wanted the machine. */
	tdur: z.number().optional(),
	args: z.looseObject({}).optional(),
});
const trace = z.looseObject({ traceEvents: z.array(traceEvent) });

/** What a page's main thread did, read from a trace of Chromium. */
export interface Traced {
	/** CPU time of the longest task of the main thread, in milliseconds: what a frame waits for on a machine of its own. */
	longestTaskMs: number;
	/** All unexpected movement, as CLS adds it up. */
	layoutShift: number;
}

const isName = (args: unknown, name: string) =>
	z.object({ name: z.literal(name) }).safeParse(args).success;
const shift = z.object({ data: z.object({ score: z.number(), had_recent_input: z.boolean() }) });

export function readTrace(bytes: Buffer): Traced {
	const { traceEvents } = trace.parse(JSON.parse(bytes.toString('utf8')));
	const mains = new Set(
		traceEvents
			.filter(({ name, args }) => name === 'thread_name' && isName(args, 'CrRendererMain'))
			.map(({ pid, tid }) => `${pid} ${tid}`),
	);
	const tasks = traceEvents.filter(
		({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && mains.has(`${pid} ${tid}`),
	);
	const shifts = traceEvents
		.filter(({ name }) => name === 'LayoutShift')
		.map(({ args }) => shift.safeParse(args).data?.data)
		.filter((data) => data !== undefined && !data.had_recent_input);
	return {
		longestTaskMs: tasks.reduce((most, { dur = 0, tdur = dur }) => Math.max(most, tdur / 1000), 0),
		layoutShift: shifts.reduce((sum, data) => sum + (data?.score ?? 0), 0),
	};
}
