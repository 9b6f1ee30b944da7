import { z } from 'zod';

const traceEvent = z.looseObject({
	name: z.string(),
	ph: z.string(),
	pid: z.number(),
	tid: z.number(),
	dur: z.number().optional(),
	/** CPU time, in µs, which is independent of other processes. */
	tdur: z.number().optional(),
	args: z.looseObject({}).optional(),
});
const trace = z.looseObject({ traceEvents: z.array(traceEvent) });

/** A page's responsiveness and stability according to a trace. */
export interface TraceSummary {
	/** CPU time of the main thread's longest task, in ms. */
	longestTaskMs: number;
	/** The sum of all unexpected layout shifts, as in CLS. */
	layoutShift: number;
}

const hasName = (args: unknown, name: string) =>
	z.object({ name: z.literal(name) }).safeParse(args).success;
const layoutShiftArgs = z.object({
	data: z.object({ score: z.number(), had_recent_input: z.boolean() }),
});

/** Summarizes a Chromium trace, given as JSON. */
export function summarizeTrace(bytes: Buffer): TraceSummary {
	const { traceEvents } = trace.parse(JSON.parse(bytes.toString('utf8')));
	const mainThreads = new Set(
		traceEvents
			.filter(({ name, args }) => name === 'thread_name' && hasName(args, 'CrRendererMain'))
			.map(({ pid, tid }) => `${pid} ${tid}`),
	);
	const tasks = traceEvents.filter(
		({ name, ph, pid, tid }) =>
			name === 'RunTask' && ph === 'X' && mainThreads.has(`${pid} ${tid}`),
	);
	const shifts = traceEvents
		.filter(({ name }) => name === 'LayoutShift')
		.map(({ args }) => layoutShiftArgs.safeParse(args).data?.data)
		.filter((data) => data !== undefined && !data.had_recent_input);
	return {
		longestTaskMs: tasks.reduce(
			(longest, { dur = 0, tdur = dur }) => Math.max(longest, tdur / 1000),
			0,
		),
		layoutShift: shifts.reduce((sum, data) => sum + (data?.score ?? 0), 0),
	};
}
