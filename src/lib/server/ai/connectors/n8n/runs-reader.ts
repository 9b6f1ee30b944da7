import { ConnectorError } from '../connector.ts';
import type { Answer } from '../reply/answer.ts';
import { HeldText } from '../reply/held-text.ts';
import { isObject } from '../reply/side-fields.ts';
import { Lines } from './lines.ts';

const CHUNK_TYPES = ['begin', 'item', 'end', 'error'];
/** Most other lines are told by this without being parsed. */
const CHUNK_LINE = /^\{.*"type"\s*:\s*"(?:begin|item|end|error)"/;
const CHUNK_KEYS = new Set(['type', 'content', 'metadata']);

const MAX_RUNS = 500;

/** One line of n8n's streaming. */
export interface Chunk {
	type: 'begin' | 'item' | 'end' | 'error';
	content: string;
	/** Node, run and item that it belongs to. */
	run: string;
	node: string;
}

/** One run of one node: a paragraph of the answer. */
interface Run {
	/** From its first words on, which stand behind those of the runs before it. */
	held?: HeldText;
	/** What it said while a run that began earlier was not finished. */
	waiting: string[];
	isEnded: boolean;
}

/** Reads n8n's streaming lines. */
export class RunsReader {
	readonly isDone = false;
	readonly #answer: Answer;
	readonly #heard: string;
	readonly #lines = new Lines();
	/** In the order they began; the first one is speaking. */
	readonly #runs: Run[] = [];
	readonly #open = new Map<string, Run>();
	#count = 0;
	#problem: ConnectorError | undefined;

	constructor(answer: Answer, heard: string) {
		this.#answer = answer;
		this.#heard = heard;
		answer.shape = 'n8n-stream';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#line(line);
	}

	end(): void {
		this.#line(this.#lines.end());
		for (const run of this.#runs) run.isEnded = true;
		this.#speak();
		if (this.#answer.text === '' && this.#problem) throw this.#problem;
	}

	take(chunk: Chunk): void {
		if (chunk.type === 'error') throw failed(chunk);
		if (chunk.type === 'item') this.#openRun(chunk.run).waiting.push(chunk.content);
		else this.#close(chunk.run);
		if (chunk.type === 'begin') this.#openRun(chunk.run);
		this.#speak();
	}

	#line(line: string): void {
		// Blank lines keep the connection awake.
		if (line.trim() === '') return;
		const chunk = readChunk(line);
		if (chunk) {
			this.take(chunk);
			return;
		}
		this.take({ type: 'begin', content: '', run: 'line', node: '' });
		this.take({ type: 'item', content: line, run: 'line', node: '' });
		this.take({ type: 'end', content: '', run: 'line', node: '' });
	}

	#openRun(key: string): Run {
		let run = this.#open.get(key);
		if (!run) {
			if (++this.#count > MAX_RUNS) {
				throw new ConnectorError('bad_shape', 'The stream has more runs than any workflow.');
			}
			run = { waiting: [], isEnded: false };
			this.#open.set(key, run);
			this.#runs.push(run);
		}
		return run;
	}

	#close(key: string): void {
		const run = this.#open.get(key);
		if (run) run.isEnded = true;
		this.#open.delete(key);
	}

	/** Says what the first run has to say, then what the next has if it is finished. */
	#speak(): void {
		let finished = 0;
		for (const run of this.#runs) {
			const held = (run.held ??= new HeldText(this.#answer, { heard: this.#heard }));
			for (const piece of run.waiting.splice(0)) held.push(piece);
			if (!run.isEnded) break;
			this.#finish(held);
			finished++;
		}
		if (finished > 0) this.#runs.splice(0, finished);
	}

	#finish(held: HeldText): void {
		try {
			held.end();
		} catch (error) {
			// One node's output that is no reply does not take away what another one says.
			if (!(error instanceof ConnectorError)) throw error;
			this.#problem ??= error;
		}
		this.#answer.paragraph();
	}
}

/** Reads a line, or undefined when it is none of n8n's. */
export function readChunk(line: string): Chunk | undefined {
	if (!CHUNK_LINE.test(line)) return undefined;
	try {
		return toChunk(JSON.parse(line));
	} catch {
		return undefined;
	}
}

export function toChunk(value: unknown): Chunk | undefined {
	if (!isObject(value) || !Object.keys(value).every((key) => CHUNK_KEYS.has(key))) return undefined;
	const type = CHUNK_TYPES.find((known) => known === value.type);
	if (!isChunkType(type)) return undefined;
	const content = typeof value.content === 'string' ? value.content : '';
	const { nodeId, nodeName, runIndex, itemIndex } = isObject(value.metadata) ? value.metadata : {};
	return {
		type,
		content,
		run: [nodeId, runIndex, itemIndex].map(plain).join(' '),
		node: plain(nodeName),
	};
}

const plain = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const isChunkType = (type: string | undefined): type is Chunk['type'] =>
	type !== undefined && CHUNK_TYPES.includes(type);

function failed({ content, node }: Chunk): ConnectorError {
	const where = node === '' ? 'A node of the workflow' : `The node "${node}"`;
	const why = content === '' ? '' : ` It said: "${content.slice(0, 300)}"`;
	return new ConnectorError(
		'workflow_error',
		`${where} failed: see the last execution in n8n.${why}`,
	);
}
