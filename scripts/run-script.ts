/** Runs a script and exits with the code it returns, by default 0. Exits with 1 after printing a thrown error's message. */
export async function runScript(work: () => Promise<number | void>): Promise<never> {
	try {
		process.exit((await work()) ?? 0);
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		process.exit(1);
	}
}
