import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const OF_THE_IMAGE = ['PORT', 'HOST', 'DATA_DIR'];
const lines = (path: string) => readFileSync(path, 'utf8').split('\n');

it('compose hands every variable of the README on to Frontdesk', () => {
	const described = lines('README.md')
		.filter((line) => line.startsWith('| `'))
		.flatMap((line) => [...line.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name));
	const handedOn = lines('compose.yaml').map((line) => /^ {6}([A-Z_]+):/.exec(line)?.[1]);
	expect(described).toContain('AI_WEBHOOK_URL');
	expect(described.filter((name) => name && !OF_THE_IMAGE.includes(name))).toSatisfy(
		(names: string[]) => names.every((name) => handedOn.includes(name)),
	);
});

it('secrets in .env stay out of the image', () => {
	expect(lines('.dockerignore')).toContain('.env');
});
