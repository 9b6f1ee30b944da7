// A process that simulates visitors who all reconnect at once. A visitor counts as connected once the ready packet has
// arrived, and stays connected until the process is killed.
import { openSocket } from '../engine-io.ts';

export interface CrowdInput {
	url: string;
	/** The Socket.IO auth payloads, one per visitor. */
	auths: object[];
	/** The start of the packet that tells a visitor that the connection is ready. */
	readyPrefix: string;
}
export interface CrowdResult {
	seconds: number;
}

/** Concurrent connection attempts. More would measure the operating system's accept queue instead. */
const CONCURRENCY = 256;

const reconnect = ({ url, readyPrefix }: CrowdInput, auth: object) =>
	new Promise<void>((resolve, reject) => {
		openSocket(url, '/widget', auth, (packet) => {
			if (packet.startsWith(readyPrefix)) resolve();
		}).catch(reject);
	});

async function run(input: CrowdInput): Promise<CrowdResult> {
	const queue = input.auths.values();
	const startedAt = performance.now();
	const connectNext = async () => {
		for (const auth of queue) await reconnect(input, auth);
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, connectNext));
	return { seconds: (performance.now() - startedAt) / 1_000 };
}

process.once('message', (input: CrowdInput) => {
	run(input).then(
		(result) => process.send?.(result),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
});
