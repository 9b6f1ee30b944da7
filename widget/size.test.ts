import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { createBuilder } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const KB = 1024;
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));

/** The size of each built file in bytes, compressed as it is served, by file name. */
const sizes = new Map<string, number>();

beforeAll(async () => {
	const builder = await createBuilder({ configFile, logLevel: 'error' });
	for (const environment of Object.values(builder.environments)) {
		environment.config.build.write = false;
		const bundle = await builder.build(environment);
		if (!('output' in bundle)) continue;
		for (const file of bundle.output) {
			const content = file.type === 'chunk' ? file.code : file.source;
			sizes.set(file.fileName, brotliCompressSync(content).length);
		}
	}
});

function getTotalSize(pattern: RegExp): number {
	const files = [...sizes].filter(([name]) => pattern.test(name));
	expect(files, `files like ${pattern.source}`).not.toHaveLength(0);
	return files.reduce((sum, [, size]) => sum + size, 0);
}

describe('the widget’s size', () => {
	it('keeps the loader within 3 KB', () => {
		expect(getTotalSize(/^widget\.js$/)).toBeLessThanOrEqual(3 * KB);
	});

	it('keeps the deferred script within 3 KB, in one file', () => {
		expect([...sizes.keys()].filter((name) => /later/.test(name))).toHaveLength(1);
		expect(getTotalSize(/^assets\/later-.*\.js$/)).toBeLessThanOrEqual(3 * KB);
	});

	it('keeps everything that the frame loads within 30 KB', () => {
		expect(getTotalSize(/^assets\/(?!later-).*\.(js|css)$/)).toBeLessThanOrEqual(30 * KB);
	});

	it('keeps the frame to one script and one stylesheet, so that a greeting takes at most four requests', () => {
		expect([...sizes.keys()].filter((name) => /^assets\/(?!later-)/.test(name))).toHaveLength(2);
	});
});
