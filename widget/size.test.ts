import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { createBuilder } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const KB = 1024;
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));

/** What each build makes, by file name, compressed as it is served. */
const sizes = new Map<string, number>();

beforeAll(async () => {
	const builder = await createBuilder({ configFile, logLevel: 'error' });
	for (const environment of Object.values(builder.environments)) {
		environment.config.build.write = false;
		const built = await builder.build(environment);
		if (!('output' in built)) continue;
		for (const file of built.output) {
			const content = file.type === 'chunk' ? file.code : file.source;
			sizes.set(file.fileName, brotliCompressSync(content).length);
		}
	}
});

function totalOf(pattern: RegExp): number {
	const files = [...sizes].filter(([name]) => pattern.test(name));
	expect(files, `files like ${pattern.source}`).not.toHaveLength(0);
	return files.reduce((sum, [, size]) => sum + size, 0);
}

describe('the widget’s size', () => {
	it('keeps the loader within 3 KB', () => {
		expect(totalOf(/^widget\.js$/)).toBeLessThanOrEqual(3 * KB);
	});

	it('keeps the deferred script within 3 KB, in one file', () => {
		expect([...sizes.keys()].filter((name) => /later/.test(name))).toHaveLength(1);
		expect(totalOf(/^assets\/later-.*\.js$/)).toBeLessThanOrEqual(3 * KB);
	});

	it('keeps everything that the frame loads within 30 KB', () => {
		expect(totalOf(/^assets\/(?!later-).*\.(js|css)$/)).toBeLessThanOrEqual(30 * KB);
	});

	it('loads one script and one stylesheet into the frame, so that a greeting takes at most four requests', () => {
		expect([...sizes.keys()].filter((name) => /^assets\/(?!later-)/.test(name))).toHaveLength(2);
	});
});
