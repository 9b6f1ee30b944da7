/** Runs a script's work and ends the process: 0 when it is done, 1 with the message alone when it fails. */
export async function runScript(work: () => Promise<void>): Promise<never> {
	try {
		await work();
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		process.exit(1);
	}
	process.exit(0);
}
