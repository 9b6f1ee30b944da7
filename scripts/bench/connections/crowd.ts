// A process that simulates visitors who all reconnect at once. Each is done once it has received its chat, and stays
// connected until the process is killed.
import { openSocket } from '../engine-io.ts';

export interface CrowdInput {
	url: string;
	/** The handshake of each visitor. */
	visitors: object[];
	/** The start of the last packet that a visitor receives while connecting. */
	welcome: string;
}
export interface CrowdResult {
	seconds: number;
}

/** Concurrent connection attempts. More would measure the queue of the operating system. */
const CONCURRENCY = 256;

const reconnect = ({ url, welcome }: CrowdInput, auth: object) =>
	new Promise<void>((resolve, reject) => {
		openSocket(url, '/widget', auth, (packet) => {
			if (packet.startsWith(welcome)) resolve();
		}).catch(reject);
	});

async function run(input: CrowdInput): Promise<CrowdResult> {
	const queue = input.visitors.values();
	const startedAt = performance.now();
	const connectNext = async () => {
		for (const visitor of queue) await reconnect(input, visitor);
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
