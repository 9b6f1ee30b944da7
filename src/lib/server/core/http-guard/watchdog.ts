import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** Event loop blocks of at least this length are logged and counted, because they delay every request. */
const BLOCKED_MS = 200;
const TICK_MS = 50;
/** The maximum number of requests named in one log entry. */
const MAX_NAMED = 10;

export interface Watchdog {
	/** Adds a label to the work in flight until the returned function is called. */
	track(label: string): () => void;
	/** Returns the longest block since the start, in ms, excluding time in which this process got no CPU. */
	getLongestBlockMs(): number;
	start(): void;
	stop(): void;
}

/**
 * Creates a watchdog that detects event loop blocks by a timer that fires late, and logs the work in flight. This includes
 * work that ended since the previous tick, because blocking work usually ends before the timer can fire.
 */
export function createWatchdog(log: Log, metrics: Metrics): Watchdog {
	const inFlight = new Set<{ label: string }>();
	let endedLabels: string[] = [];
	let timer: NodeJS.Timeout | undefined;
	let longestMs = 0;
	let lastTickAt = 0;
	let cpu = process.threadCpuUsage();
	const tick = () => {
		const at = performance.now();
		const blocked_ms = Math.round(at - lastTickAt - TICK_MS);
		lastTickAt = at;
		const used = process.threadCpuUsage(cpu);
		cpu = process.threadCpuUsage();
		if (blocked_ms >= BLOCKED_MS) {
			const cpu_ms = Math.round((used.user + used.system) / 1000);
			longestMs = Math.max(longestMs, Math.min(blocked_ms, cpu_ms));
			metrics.eventLoopBlocks.observe(blocked_ms / 1000);
			const labels = [
				...endedLabels.reverse(),
				...[...inFlight].map(({ label }) => label).reverse(),
			];
			log.warn(
				{
					blocked_ms,
					// If far below `blocked_ms`, the process was starved of CPU rather than blocked by code.
					cpu_ms,
					in_flight: [...new Set(labels)].slice(0, MAX_NAMED),
					requests: labels.length,
				},
				'the event loop was blocked',
			);
		}
		endedLabels = [];
	};
	return {
		track(label) {
			const entry = { label };
			inFlight.add(entry);
			return () => {
				if (inFlight.delete(entry) && timer !== undefined) endedLabels.push(label);
			};
		},
		getLongestBlockMs: () => longestMs,
		start() {
			lastTickAt = performance.now();
			timer ??= setInterval(tick, TICK_MS).unref();
		},
		stop() {
			clearInterval(timer);
			timer = undefined;
		},
	};
}

/** Matches a path segment that is safe to log at positions where routes have words. Ids and tokens contain digits or are longer. */
const WORD = /^[a-z][a-z._-]{0,23}$/i;

/** Returns the number of leading segments that are route words. Later ones may be people's names. */
const countRouteWords = ([first, second]: string[]) =>
	first === 'api' ? (second === 'embed-chat' ? 3 : 2) : 1;

/** Returns a request's method and path for logs, without names, ids, tokens and the query: `POST /invite/…`. */
export function toLabel({ method = '', url = '/' }: { method?: string; url?: string }): string {
	const [path = ''] = url.split('?', 1);
	const parts = path.slice(1, 200).split('/', 8);
	const wordCount = countRouteWords(parts);
	const shown = parts.map((part, index) =>
		part === '' || (index < wordCount && WORD.test(part)) ? part : '…',
	);
	return `${method} /${shown.join('/')}`;
}
