/** Runs a script's work and ends the process: with the code that it returns, else 0; 1 with the message alone when it fails. */
export async function runScript(work: () => Promise<number | void>): Promise<never> {
	try {
		process.exit((await work()) ?? 0);
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		process.exit(1);
	}
}
