import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util';

/** Parses a script's arguments. Exits after printing the usage for `--help`, and with code 2 for invalid arguments. */
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
		// Omits Node's hint about positional arguments that start with a dash.
		const message = error instanceof Error ? error.message : String(error);
		refuse(message.replace(/\. To specify a positional.*/s, ''), usage);
	}
}

/** Exits with code 2 after printing the problem and the usage. */
export function refuse(problem: string, usage: string): never {
	console.error(`${problem}\n\n${usage}`);
	process.exit(2);
}
