// @module-tag thorough
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const TYPES = path.resolve('static/widget.d.ts');

/** Compiles a page's code with the types at /widget.d.ts. Returns TypeScript's errors. */
function listTypeErrors(code: string): string[] {
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

/** Returns the words that match inside one declaration of a source file. */
function listDeclared(file: string, begin: RegExp, word: RegExp): string[] {
	const [text = ''] = begin.exec(readFileSync(file, 'utf8')) ?? [];
	return [...text.matchAll(word)].map(([, found = '']) => found).sort();
}

/** Long enough for the TypeScript compiler on a busy machine. */
const COMPILE_TIMEOUT_MS = 120_000;

describe('/widget.d.ts', { timeout: COMPILE_TIMEOUT_MS }, () => {
	it('accepts every call in the guide', () => {
		const code = `
			window.FrontdeskSettings = [{ site: 'roofs', theme: 'dark' }, { site: 'help', url: 'https://frontdesk.example.com' }];
			(window.Frontdesk ??= []).push(['on', 'lead', ({ site }) => console.log(site.toUpperCase())]);
			window.Frontdesk.push(['identify', { name: 'Maya Hartmann', email: 'maya@hartmann.example', budget: 5 }]);
			window.Frontdesk.push(['open']);
			if (!Array.isArray(window.Frontdesk)) window.Frontdesk.toggle('roofs');`;
		expect(listTypeErrors(code)).toEqual([]);
	});

	it.each([
		`window.Frontdesk?.push(['shout']);`,
		`window.Frontdesk?.push(['on', 'leed', () => undefined]);`,
		`window.FrontdeskSettings = { theme: 'dark' };`,
	])('rejects %s', (code) => {
		expect(listTypeErrors(code)).not.toEqual([]);
	});

	it('declares exactly the events and methods of the widget', () => {
		const event = /'(\w+)'/g;
		expect(listDeclared(TYPES, /type FrontdeskEvent =[^;]+/, event)).toEqual(
			listDeclared('widget/bridge.ts', /type HostEvent =[^;]+/, event),
		);
		expect(listDeclared(TYPES, /interface Frontdesk \{.*?\n\}/s, /^\t(\w+)\(/gm)).toEqual(
			listDeclared('widget/loader/api.ts', /interface Frontdesk \{.*?\n\}/s, /^\t(\w+): \(/gm),
		);
	});
});
