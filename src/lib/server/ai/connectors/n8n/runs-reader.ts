import { ConnectorError } from '../connector.ts';
import type { Answer } from '../reply/answer.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { isObject } from '../reply/side-fields.ts';

const CHUNK_TYPES = ['begin', 'item', 'end', 'error'];
/** Rules out most lines in other formats without parsing them. */
const CHUNK_LINE = /^\{.*"type"\s*:\s*"(?:begin|item|end|error)"/;
const CHUNK_KEYS = new Set(['type', 'content', 'metadata']);

const MAX_RUNS = 500;

/** One object of n8n's streaming format. */
export interface Chunk {
	type: 'begin' | 'item' | 'end' | 'error';
	content: string;
	/** The key of the chunk's `Run`: its node ID, run index and item index. */
	run: string;
	node: string;
}

/** The output of one run of a node for one item, which becomes a paragraph of the answer. */
interface Run {
	/** Created when all earlier runs have ended. */
	buffer?: ReplyBuffer;
	/** Text that arrived while an earlier run was still open. */
	pendingTexts: string[];
	isEnded: boolean;
}

/** Reads n8n's streaming format. */
export class RunsReader {
	readonly isDone = false;
	readonly #answer: Answer;
	readonly #visitorMessage: string;
	readonly #lines = new LineSplitter();
	/** Unfinished runs, in the order in which they began; only the first one's text is released. */
	readonly #runs: Run[] = [];
	readonly #openRuns = new Map<string, Run>();
	#runCount = 0;
	#failure: ConnectorError | undefined;

	constructor(answer: Answer, visitorMessage: string) {
		this.#answer = answer;
		this.#visitorMessage = visitorMessage;
		answer.shape = 'n8n-stream';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#readLine(line);
	}

	end(): void {
		this.#readLine(this.#lines.end());
		for (const run of this.#runs) run.isEnded = true;
		this.#release();
		if (this.#answer.text === '' && this.#failure) throw this.#failure;
	}

	pushChunk(chunk: Chunk): void {
		if (chunk.type === 'error') throw createNodeError(chunk);
		// A `begin` also ends an open run with the same key.
		if (chunk.type === 'item') this.#openRun(chunk.run).pendingTexts.push(chunk.content);
		else this.#endRun(chunk.run);
		if (chunk.type === 'begin') this.#openRun(chunk.run);
		this.#release();
	}

	#readLine(line: string): void {
		// Blank lines are keep-alives.
		if (line.trim() === '') return;
		const chunk = parseChunk(line);
		if (chunk) {
			this.pushChunk(chunk);
			return;
		}
		// A line in another format is text in a paragraph of its own.
		this.pushChunk({ type: 'begin', content: '', run: 'line', node: '' });
		this.pushChunk({ type: 'item', content: line, run: 'line', node: '' });
		this.pushChunk({ type: 'end', content: '', run: 'line', node: '' });
	}

	#openRun(key: string): Run {
		let run = this.#openRuns.get(key);
		if (!run) {
			if (++this.#runCount > MAX_RUNS) {
				throw new ConnectorError('bad_shape', `The stream has more than ${MAX_RUNS} node runs.`);
			}
			run = { pendingTexts: [], isEnded: false };
			this.#openRuns.set(key, run);
			this.#runs.push(run);
		}
		return run;
	}

	#endRun(key: string): void {
		const run = this.#openRuns.get(key);
		if (run) run.isEnded = true;
		this.#openRuns.delete(key);
	}

	/** Releases the text of the first run, and of each later run once all runs before it have ended. */
	#release(): void {
		let finished = 0;
		for (const run of this.#runs) {
			const buffer = (run.buffer ??= new ReplyBuffer(this.#answer, {
				visitorMessage: this.#visitorMessage,
			}));
			for (const text of run.pendingTexts.splice(0)) buffer.push(text);
			if (!run.isEnded) break;
			this.#finish(buffer);
			finished++;
		}
		if (finished > 0) this.#runs.splice(0, finished);
	}

	#finish(buffer: ReplyBuffer): void {
		try {
			buffer.end();
		} catch (error) {
			// One node's output that isn't a reply must not discard another node's text.
			if (!(error instanceof ConnectorError)) throw error;
			this.#failure ??= error;
		}
		this.#answer.startParagraph();
	}
}

/** Parses a line; `undefined` if it isn't in n8n's format. */
export function parseChunk(line: string): Chunk | undefined {
	if (!CHUNK_LINE.test(line)) return undefined;
	try {
		return toChunk(JSON.parse(line));
	} catch {
		return undefined;
	}
}

/** Returns a parsed line as a chunk; `undefined` if it isn't in n8n's format. */
export function toChunk(value: unknown): Chunk | undefined {
	if (!isObject(value) || !Object.keys(value).every((key) => CHUNK_KEYS.has(key))) return undefined;
	const type = CHUNK_TYPES.find((known) => known === value.type);
	if (!isChunkType(type)) return undefined;
	const content = toText(value.content);
	const { nodeId, nodeName, runIndex, itemIndex } = isObject(value.metadata) ? value.metadata : {};
	return {
		type,
		content,
		run: [nodeId, runIndex, itemIndex].map(toPlainText).join(' '),
		node: toPlainText(nodeName),
	};
}

/** Returns a chunk's text; an item that a node streams as an object becomes JSON. */
const toText = (content: unknown): string =>
	isObject(content) ? JSON.stringify(content) : typeof content === 'string' ? content : '';

const toPlainText = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const isChunkType = (type: string | undefined): type is Chunk['type'] =>
	type !== undefined && CHUNK_TYPES.includes(type);

function createNodeError({ content, node }: Chunk): ConnectorError {
	const subject = node === '' ? 'A node of the workflow' : `The node "${node}"`;
	const reason = content === '' ? '' : ` It said: "${content.slice(0, 300)}"`;
	return new ConnectorError(
		'workflow_error',
		`${subject} failed: see the last execution in n8n.${reason}`,
	);
}

/** Splits streamed text into lines that end with `\n`, `\r\n` or `\r`. */
export class LineSplitter {
	#rest = '';
	/** Whether `#rest` ends with `\r`. Testing `#rest` itself would copy a long line for each chunk. */
	#isAfterReturn = false;

	/** Returns the lines completed by this text, without line endings. */
	push(text: string): string[] {
		if (text === '') return [];
		const isAfterReturn = this.#isAfterReturn;
		this.#isAfterReturn = text.endsWith('\r');
		if (!/[\r\n]/.test(text) && !isAfterReturn) {
			this.#rest += text;
			return [];
		}
		const lines = (this.#rest + text).split(LINE_END);
		this.#rest = lines.pop() ?? '';
		return lines;
	}

	/** Returns the last line, which has no line ending. */
	end(): string {
		const last = this.#rest.replace(/\r$/, '');
		this.#rest = '';
		return last;
	}
}

/** A `\r` at the end of a chunk may be half of a `\r\n`. */
const LINE_END = /\r\n|\n|\r(?!$)/;
