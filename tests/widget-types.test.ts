import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const TYPES = path.resolve('static/widget.d.ts');

/** What TypeScript finds wrong with a page's code that uses the types that we serve. */
function faults(code: string): string[] {
	const name = path.resolve('page.ts');
	const options: ts.CompilerOptions = {
		strict: true,
		noEmit: true,
		types: [],
		lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
	};
	const host = ts.createCompilerHost(options);
	const read = host.getSourceFile.bind(host);
	host.getSourceFile = (file, target) =>
		file === name ? ts.createSourceFile(file, code, target) : read(file, target);
	const program = ts.createProgram([name, TYPES], options, host);
	return ts
		.getPreEmitDiagnostics(program)
		.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** The words between quotation marks, or before a colon, that a declaration of the widget's own source has. */
function declared(file: string, begin: RegExp, word: RegExp): string[] {
	const [text = ''] = begin.exec(readFileSync(file, 'utf8')) ?? [];
	return [...text.matchAll(word)].map(([, found = '']) => found).sort();
}

describe('/widget.d.ts', () => {
	it('takes everything that the guide shows', () => {
		const code = `
			window.FrontdeskSettings = [{ site: 'roofs', theme: 'dark' }, { site: 'help', url: 'https://frontdesk.example.com' }];
			(window.Frontdesk ??= []).push(['on', 'lead', ({ site }) => console.log(site.toUpperCase())]);
			window.Frontdesk.push(['identify', { name: 'Maya Hartmann', email: 'maya@hartmann.example', budget: 5 }]);
			window.Frontdesk.push(['open']);
			if (!Array.isArray(window.Frontdesk)) window.Frontdesk.toggle('roofs');`;
		expect(faults(code)).toEqual([]);
	});

	it.each([
		`window.Frontdesk?.push(['shout']);`,
		`window.Frontdesk?.push(['on', 'leed', () => undefined]);`,
		`window.FrontdeskSettings = { theme: 'dark' };`,
	])('refuses %s', (code) => {
		expect(faults(code)).not.toEqual([]);
	});

	it('has the events and methods of the widget itself', () => {
		const event = /'(\w+)'/g;
		expect(declared(TYPES, /type FrontdeskEvent =[^;]+/, event)).toEqual(
			declared('widget/bridge.ts', /type HostEvent =[^;]+/, event),
		);
		expect(declared(TYPES, /interface Frontdesk \{.*?\n\}/s, /^\t(\w+)\(/gm)).toEqual(
			declared('widget/loader/api.ts', /interface Frontdesk \{.*?\n\}/s, /^\t(\w+): \(/gm),
		);
	});
});
