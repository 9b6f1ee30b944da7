// Reads scripts/seed/dialogues, whose README describes the format.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Random } from './random.ts';

export type Language = 'en' | 'de' | 'es' | 'fr';

type Step =
	| { is: 'line'; by: 'ai' | 'visitor' | 'agent'; text: string; options: string[] }
	| { is: 'fact'; key: string; text: string }
	| { is: 'block'; name: string };

export interface Dialogue {
	title: string;
	language: Language;
	variables: [name: string, texts: string[]][];
	steps: Step[];
}

/** One message of a dialogue, with the lead fields it reveals. */
export interface Line {
	by: 'ai' | 'visitor' | 'agent';
	text: string;
	quick_replies: string[];
	/** The key of the question that a line of the AI asks. */
	asked?: string;
	facts: [key: string, value: string][];
}

const FOLDER = path.resolve(import.meta.dirname, 'dialogues');
const HEAD = /^(##?) (.+) \[(en|de|es|fr)\]$/;
const BY = { '<': 'ai', '>': 'visitor', '@': 'agent' } as const;

interface Parsed {
	dialogues: Dialogue[];
	blocks: Dialogue[];
}

function parse(file: string): Parsed {
	const parsed: Parsed = { dialogues: [], blocks: [] };
	let open: Dialogue | undefined;
	for (const line of readFileSync(path.join(FOLDER, file), 'utf8').split('\n')) {
		const head = HEAD.exec(line);
		if (head) {
			const [, level, title = '', language] = head;
			open = { title, language: language as Language, variables: [], steps: [] };
			(level === '#' ? parsed.dialogues : parsed.blocks).push(open);
		} else if (line.trim() !== '') {
			if (!open) throw new Error(`${file}: no dialogue starts before "${line}"`);
			readLine(open, line, file);
		}
	}
	return parsed;
}

function readLine(open: Dialogue, line: string, file: string): void {
	const text = line.slice(2).trim();
	const colon = text.indexOf(':');
	const [key, value] = [text.slice(0, colon), text.slice(colon + 1).trim()];
	const options = text.split('|').map((option) => option.trim());
	const last = open.steps.at(-1);
	const sign = line[0] ?? '';
	if (sign === '<' || sign === '>' || sign === '@') {
		open.steps.push({ is: 'line', by: BY[sign], text, options: [] });
	} else if (sign === '?' && last?.is === 'line') last.options = options;
	else if (sign === '=') open.steps.push({ is: 'fact', key, text: value });
	else if (sign === '+') open.steps.push({ is: 'block', name: text });
	else if (sign === '~') {
		open.variables.push([key, value.split('|').map((option) => option.trim())]);
	} else throw new Error(`${file}: cannot parse "${line}"`);
}

/** Variables of a dialogue. Those about the visitor become lead fields when mentioned. */
export type Words = Record<string, string>;
const ABOUT_VISITOR = ['name', 'first', 'email', 'phone', 'company'];

/** The dialogues of one site. */
export class Script {
	readonly dialogues: Dialogue[];
	readonly #blocks: Dialogue[];
	readonly #common: Dialogue[];

	constructor(site: string) {
		const own = parse(`${site}.txt`);
		this.dialogues = own.dialogues;
		this.#blocks = own.blocks;
		this.#common = parse('common.txt').blocks;
	}

	/** Returns the messages of a dialogue. Consecutive lines of the visitor become one message. */
	speak(random: Random, dialogue: Dialogue, words: Words): Line[] {
		const chosen = dialogue.variables.map(([name, texts]) => [
			name,
			fill(random, random.pick(texts), words),
		]);
		const all = { ...words, ...(Object.fromEntries(chosen) as Words) };
		return joinVisitorLines(this.#expand(random, dialogue, all));
	}

	/** Returns a variant of the site's block, or of the common block; `undefined` if there is none. */
	block(random: Random, name: string, language: Language): Dialogue | undefined {
		const isIt = (block: Dialogue) => block.title === name && block.language === language;
		const own = this.#blocks.filter(isIt);
		const found = own.length > 0 ? own : this.#common.filter(isIt);
		return found.length > 0 ? random.pick(found) : undefined;
	}

	#expand(random: Random, { steps, language }: Dialogue, words: Words): Line[] {
		const lines: Line[] = [];
		for (const step of steps) {
			if (step.is === 'line') lines.push(lineOf(random, step, words));
			else if (step.is === 'block') {
				const block = this.block(random, step.name, language);
				if (block) lines.push(...this.#expand(random, block, words));
			} else {
				const visitorLine = lines.findLast(({ by }) => by === 'visitor');
				const value = step.text === '*' ? visitorLine?.text : fill(random, step.text, words);
				if (visitorLine && value) visitorLine.facts.push([step.key, value]);
			}
		}
		return lines;
	}
}

function lineOf(random: Random, step: Step & { is: 'line' }, words: Words): Line {
	const chosen = choose(random, step.text);
	const named = step.by === 'visitor' ? ABOUT_VISITOR : [];
	const facts = named.flatMap((key): [string, string][] => {
		const value = chosen.includes(`{${key}}`) ? words[key] : undefined;
		return value === undefined ? [] : [[key === 'first' ? 'name' : key, value]];
	});
	const text = fill(random, chosen, words);
	return { by: step.by, text, quick_replies: step.options, facts };
}

/** `[this|that]` */
const choose = (random: Random, text: string) =>
	text.replace(/\[([^\]]*)\]/g, (_, options: string) => random.pick(options.split('|')));

/** `[this|that]`, `{20-60}`, `{variable}` and `\n` */
function fill(random: Random, text: string, words: Words): string {
	return choose(random, text)
		.replace(/\{(\d+)-(\d+)\}/g, (_, from, to) => String(random.int(Number(from), Number(to))))
		.replace(/\{([a-z_]+)\}/g, (all, name: string) => words[name] ?? all)
		.replaceAll('\\n', '\n')
		.trim();
}

function joinVisitorLines(lines: Line[]): Line[] {
	const joined: Line[] = [];
	for (const line of lines) {
		const last = joined.at(-1);
		if (line.by === 'visitor' && last?.by === 'visitor') {
			last.text += `\n${line.text}`;
			last.facts.push(...line.facts);
		} else joined.push({ ...line, facts: [...line.facts] });
	}
	return joined;
}
