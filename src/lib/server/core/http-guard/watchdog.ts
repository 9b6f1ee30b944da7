import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** Event loop blocks of at least this length are logged and counted: every request waits in the meantime. */
export const BLOCKED_MS = 200;
const TICK_MS = 50;
/** The most requests that one log entry names. */
const MAX_NAMED = 10;

export interface Watchdog {
	/** Adds a label to the work in flight until the returned function is called. */
	track(label: string): () => void;
	/** Returns the longest block since the start, in ms, not counting time in which this process was given no CPU. */
	longestBlockMs(): number;
	start(): void;
	stop(): void;
}

/**
 * Creates a watchdog that detects event loop blocks with a timer that fires late, and logs the work in flight. Work that
 * ended since the last tick is included, since it usually ends before the timer can fire.
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
					// Far below blocked_ms, this means that the process was given no CPU, not that code blocked it.
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

/** A path segment that is safe to log, in a place where routes have words. Ids and tokens contain digits or are longer. */
const WORD = /^[a-z][a-z._-]{0,23}$/i;

/** How many of a path's segments are words of a route: what follows may be anyone's name. */
const wordsIn = ([first, second]: string[]) =>
	first === 'api' ? (second === 'embed-chat' ? 3 : 2) : 1;

/** Returns a request's method and path for logs, without names, ids, tokens and the query: `POST /invite/…`. */
export function labelOf({ method = '', url = '/' }: { method?: string; url?: string }): string {
	const [path = ''] = url.split('?', 1);
	const parts = path.slice(1, 200).split('/', 8);
	const words = wordsIn(parts);
	const shown = parts.map((part, index) =>
		part === '' || (index < words && WORD.test(part)) ? part : '…',
	);
	return `${method} /${shown.join('/')}`;
}
