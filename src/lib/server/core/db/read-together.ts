/** As many questions go into one statement. */
const MAX_BATCH = 32;
/** As many statements are on their way at once; each takes a connection. */
const MOST_ON_THEIR_WAY = 2;

interface Waiting<Question, Answer> {
	question: Question;
	resolve: (answer: Answer | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Group reading: what many ask at the same moment, such as visitors who all come back after a restart, is read by one
 * statement. An idle one asks at once. `read` answers in the order of the questions, undefined where nothing was found.
 */
export class ReadTogether<Question, Answer> {
	readonly #read: (questions: Question[]) => Promise<(Answer | undefined)[]>;
	readonly #waiting: Waiting<Question, Answer>[] = [];
	#onTheirWay = 0;

	constructor(read: (questions: Question[]) => Promise<(Answer | undefined)[]>) {
		this.#read = read;
	}

	/** Rejects with the statement's error. */
	ask(question: Question): Promise<Answer | undefined> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ question, resolve, reject });
			void this.#start();
		});
	}

	async #start(): Promise<void> {
		if (this.#onTheirWay >= MOST_ON_THEIR_WAY) return;
		this.#onTheirWay += 1;
		for (;;) {
			const batch = this.#waiting.splice(0, MAX_BATCH);
			if (batch.length === 0) break;
			await this.#answer(batch);
		}
		this.#onTheirWay -= 1;
	}

	async #answer(batch: Waiting<Question, Answer>[]): Promise<void> {
		try {
			const answers = await this.#read(batch.map(({ question }) => question));
			batch.forEach(({ resolve }, index) => resolve(answers[index]));
		} catch (error) {
			for (const { reject } of batch) reject(error);
		}
	}
}
