import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** Blocks of the event loop from here on are logged and counted: everybody waits for as long. */
export const BLOCKED_MS = 200;
const TICK_MS = 50;
/** As many requests are named in one log entry. */
const MAX_NAMED = 10;

export interface Watchdog {
	/** Names what is being worked on, until the returned function is called. */
	track(label: string): () => void;
	/** The longest block since the start, as far as code of ours held a CPU meanwhile, in milliseconds. */
	longestBlockMs(): number;
	start(): void;
	stop(): void;
}

/**
 * Detects blocks of the event loop by a timer that fires late, and names the requests in flight meanwhile. Work that
 * ended since the last tick counts as in flight: what blocks the loop usually ends before the timer can fire.
 */
export function createWatchdog(log: Log, metrics: Metrics): Watchdog {
	const inFlight = new Set<{ label: string }>();
	let ended: string[] = [];
	let timer: NodeJS.Timeout | undefined;
	let longest = 0;
	let last = 0;
	let cpu = process.threadCpuUsage();
	const tick = () => {
		const at = performance.now();
		const blocked_ms = Math.round(at - last - TICK_MS);
		last = at;
		const used = process.threadCpuUsage(cpu);
		cpu = process.threadCpuUsage();
		if (blocked_ms >= BLOCKED_MS) {
			const cpu_ms = Math.round((used.user + used.system) / 1000);
			longest = Math.max(longest, Math.min(blocked_ms, cpu_ms));
			metrics.eventLoopBlocks.observe(blocked_ms / 1000);
			const labels = [...ended.reverse(), ...[...inFlight].map(({ label }) => label).reverse()];
			log.warn(
				{
					blocked_ms,
					// Far below blocked_ms: the process was not given a CPU, no code of ours held it.
					cpu_ms,
					in_flight: [...new Set(labels)].slice(0, MAX_NAMED),
					requests: labels.length,
				},
				'the event loop was blocked',
			);
		}
		ended = [];
	};
	return {
		track(label) {
			const entry = { label };
			inFlight.add(entry);
			return () => {
				if (inFlight.delete(entry) && timer !== undefined) ended.push(label);
			};
		},
		longestBlockMs: () => longest,
		start() {
			last = performance.now();
			timer ??= setInterval(tick, TICK_MS).unref();
		},
		stop() {
			clearInterval(timer);
			timer = undefined;
		},
	};
}

/** A segment of a path that names a place. Ids and the tokens of one-time links have digits or are longer. */
const WORD = /^[a-z][a-z._-]{0,23}$/i;

/** Returns a request's method and path for logs, without ids, tokens and the query: `POST /invite/…`. */
export function labelOf({ method = '', url = '/' }: { method?: string; url?: string }): string {
	const [path = ''] = url.split('?', 1);
	const parts = path
		.slice(1, 200)
		.split('/', 8)
		.map((part) => (part === '' || WORD.test(part) ? part : '…'));
	return `${method} /${parts.join('/')}`;
}
