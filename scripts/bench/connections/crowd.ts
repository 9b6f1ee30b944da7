// The crowd, a process of its own: visitors who all come back at once, each done when the server has told it its chat. It
// stays connected until it is ended.
import { openSocket } from '../engine-io.ts';

export interface CrowdInput {
	url: string;
	/** The handshake of each visitor. */
	visitors: object[];
	/** What the server says last to whoever has come: the start of a packet. */
	welcome: string;
}
export interface CrowdResult {
	seconds: number;
}

/** As many knock at once; more would measure the queue of the operating system. */
const AT_ONCE = 256;

const comeBack = ({ url, welcome }: CrowdInput, auth: object) =>
	new Promise<void>((resolve, reject) => {
		openSocket(url, '/widget', auth, (packet) => {
			if (packet.startsWith(welcome)) resolve();
		}).catch(reject);
	});

async function run(input: CrowdInput): Promise<CrowdResult> {
	const waiting = input.visitors.values();
	const from = performance.now();
	const knock = async () => {
		for (const visitor of waiting) await comeBack(input, visitor);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, knock));
	return { seconds: (performance.now() - from) / 1_000 };
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
