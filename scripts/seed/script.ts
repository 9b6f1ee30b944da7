// Reads scripts/seed/dialogues, whose README describes the format.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Fault } from './faults.ts';
import type { Random } from './random.ts';

export type Language = 'en' | 'de' | 'es' | 'fr';

type Step =
	| { type: 'line'; by: 'ai' | 'visitor' | 'agent'; text: string; options: string[] }
	| { type: 'fact'; key: string; text: string }
	| { type: 'block'; name: string };

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
	/** Set if the line is wrong. */
	fault?: Fault;
}

const FOLDER = path.resolve(import.meta.dirname, 'dialogues');
const HEADING = /^(##?) (.+) \[(en|de|es|fr)\]$/;
const SENDERS = { '<': 'ai', '>': 'visitor', '@': 'agent' } as const;

interface DialogueFile {
	dialogues: Dialogue[];
	blocks: Dialogue[];
}

function parseFile(file: string): DialogueFile {
	const dialogueFile: DialogueFile = { dialogues: [], blocks: [] };
	let current: Dialogue | undefined;
	for (const line of readFileSync(path.join(FOLDER, file), 'utf8').split('\n')) {
		const heading = HEADING.exec(line);
		if (heading) {
			const [, level, title = '', language] = heading;
			current = { title, language: language as Language, variables: [], steps: [] };
			(level === '#' ? dialogueFile.dialogues : dialogueFile.blocks).push(current);
		} else if (line.trim() !== '') {
			if (!current) throw new Error(`${file}: no dialogue starts before "${line}"`);
			parseLine(current, line, file);
		}
	}
	return dialogueFile;
}

function parseLine(current: Dialogue, line: string, file: string): void {
	const text = line.slice(2).trim();
	const colon = text.indexOf(':');
	const [key, value] = [text.slice(0, colon), text.slice(colon + 1).trim()];
	const options = text.split('|').map((option) => option.trim());
	const last = current.steps.at(-1);
	const prefix = line[0] ?? '';
	if (prefix === '<' || prefix === '>' || prefix === '@') {
		current.steps.push({ type: 'line', by: SENDERS[prefix], text, options: [] });
	} else if (prefix === '?' && last?.type === 'line') last.options = options;
	else if (prefix === '=') current.steps.push({ type: 'fact', key, text: value });
	else if (prefix === '+') current.steps.push({ type: 'block', name: text });
	else if (prefix === '~') {
		current.variables.push([key, value.split('|').map((option) => option.trim())]);
	} else throw new Error(`${file}: cannot parse "${line}"`);
}

/** Values of a dialogue's variables, by name. Those about the visitor become lead fields when a visitor's line mentions them. */
export type Variables = Record<string, string>;
const VISITOR_VARIABLES = ['name', 'first', 'email', 'phone', 'company'];

/** The dialogues of one site. */
export class Script {
	readonly dialogues: Dialogue[];
	readonly #blocks: Dialogue[];
	readonly #common: Dialogue[];

	constructor(site: string) {
		const siteFile = parseFile(`${site}.txt`);
		this.dialogues = siteFile.dialogues;
		this.#blocks = siteFile.blocks;
		this.#common = parseFile('common.txt').blocks;
	}

	/** Returns the messages of a dialogue. Consecutive lines of the visitor become one message. */
	generateLines(random: Random, dialogue: Dialogue, variables: Variables): Line[] {
		const chosen = dialogue.variables.map(([name, texts]) => [
			name,
			expandText(random, random.pick(texts), variables),
		]);
		const allVariables = { ...variables, ...(Object.fromEntries(chosen) as Variables) };
		return joinVisitorLines(this.#expand(random, dialogue, allVariables));
	}

	/** Returns a variant of the site's block, or of the common block; `undefined` if there is none. */
	pickBlock(random: Random, name: string, language: Language): Dialogue | undefined {
		const isMatch = (block: Dialogue) => block.title === name && block.language === language;
		const siteVariants = this.#blocks.filter(isMatch);
		const variants = siteVariants.length > 0 ? siteVariants : this.#common.filter(isMatch);
		return variants.length > 0 ? random.pick(variants) : undefined;
	}

	#expand(random: Random, { steps, language }: Dialogue, variables: Variables): Line[] {
		const lines: Line[] = [];
		for (const step of steps) {
			if (step.type === 'line') lines.push(createLine(random, step, variables));
			else if (step.type === 'block') {
				const block = this.pickBlock(random, step.name, language);
				if (block) lines.push(...this.#expand(random, block, variables));
			} else {
				const visitorLine = lines.findLast(({ by }) => by === 'visitor');
				const value =
					step.text === '*' ? visitorLine?.text : expandText(random, step.text, variables);
				if (visitorLine && value) visitorLine.facts.push([step.key, value]);
			}
		}
		return lines;
	}
}

function createLine(random: Random, step: Step & { type: 'line' }, variables: Variables): Line {
	const chosen = pickOptions(random, step.text);
	const mentionedKeys = step.by === 'visitor' ? VISITOR_VARIABLES : [];
	const facts = mentionedKeys.flatMap((key): [string, string][] => {
		const value = chosen.includes(`{${key}}`) ? variables[key] : undefined;
		return value === undefined ? [] : [[key === 'first' ? 'name' : key, value]];
	});
	const text = expandText(random, chosen, variables);
	return { by: step.by, text, quick_replies: step.options, facts };
}

/** Replaces `[this|that]` with one of the options. */
const pickOptions = (random: Random, text: string) =>
	text.replace(/\[([^\]]*)\]/g, (_, options: string) => random.pick(options.split('|')));

/** Replaces `[this|that]`, `{20-60}`, `{variable}` and `\n`. */
function expandText(random: Random, text: string, variables: Variables): string {
	return pickOptions(random, text)
		.replace(/\{(\d+)-(\d+)\}/g, (_, from, to) => String(random.int(Number(from), Number(to))))
		.replace(/\{([a-z_]+)\}/g, (all, name: string) => variables[name] ?? all)
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
