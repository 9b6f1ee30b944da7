import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const SET_BY_IMAGE = ['PORT', 'HOST', 'DATA_DIR'];
const lines = (path: string) => readFileSync(path, 'utf8').split('\n');

it('compose.yaml passes every variable in the README to Frontdesk', () => {
	const documented = lines('README.md')
		.filter((line) => line.startsWith('| `'))
		.flatMap((line) => [...line.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name));
	const passed = lines('compose.yaml').map((line) => /^ {6}([A-Z_]+):/.exec(line)?.[1]);
	expect(documented).toContain('AI_WEBHOOK_URL');
	expect(documented.filter((name) => name && !SET_BY_IMAGE.includes(name))).toSatisfy(
		(names: string[]) => names.every((name) => passed.includes(name)),
	);
});

it('the image never contains .env', () => {
	expect(lines('.dockerignore')).toContain('.env');
});
