import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util';

/**
 * Returns a script's arguments. `--help` prints the usage and ends the process; arguments that the usage does not have
 * end it with code 2, the fault and the usage, before anything else is loaded.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
	usage: string,
	options: Options,
	positionals: ParseArgsConfig['allowPositionals'] = false,
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>> {
	try {
		const parsed = parseArgs({
			options: { ...options, help: { type: 'boolean', short: 'h' } },
			allowPositionals: positionals,
		});
		if (!(parsed.values as { help?: boolean }).help) {
			return parsed;
		}
		console.log(usage);
		process.exit(0);
	} catch (error) {
		// Without the hint about positional arguments that begin with a dash.
		const message = error instanceof Error ? error.message : String(error);
		refuse(message.replace(/\. To specify a positional.*/s, ''), usage);
	}
}

/** Ends the process with code 2, the fault and the usage. */
export function refuse(fault: string, usage: string): never {
	console.error(`${fault}\n\n${usage}`);
	process.exit(2);
}
