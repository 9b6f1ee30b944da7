// Simulates one chat session: its messages, its calls to the AI, and its end.
import type { Channel, CompletionSource } from '#lib/contract/common.ts';
import type { SeenPage, VisitorContext } from '#lib/contract/visitor-context.ts';
import type { TurnOutcome } from '#lib/server/ai/connectors/connector.ts';
import { containsAnyPhrase } from '#lib/markdown/index.ts';
import { MINUTE, SECOND } from './calendar.ts';
import { createFailedCall } from './failures.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
import type { Line } from './script.ts';
import type { SeededSite } from './setup.ts';
import type { Member } from './team.ts';

export interface SeedMessage {
	/** Assigned once all messages of a batch are sorted by time. */
	id: number;
	by: 'ai' | 'visitor' | 'agent';
	text: string;
	at: Date;
	quick_replies: string[];
	facts: Line['facts'];
	is_fallback: boolean;
	fault?: Line['fault'];
	turn?: Turn;
	user?: Member;
}

/** A call to the AI. */
export interface Turn {
	turn_id: string;
	started_at: Date;
	first_byte_at: Date | null;
	finished_at: Date;
	outcome: TurnOutcome;
	http_status: number | null;
	detail: string | null;
	execution_id: string | null;
	/** The key of the question that the reply asks. */
	asked: string | null;
	/** The visitor message that this call answers. */
	answers: SeedMessage | null;
	/** The visitor message answered before. */
	after: SeedMessage | null;
}

export interface Chat {
	id: number;
	session_id: string;
	site: SeededSite;
	channel: Channel;
	person: Person;
	/** The agent who takes over if the chat needs one. */
	agent: Member;
	context: VisitorContext;
	/** The pages that the visitor viewed during the chat. */
	pages: SeenPage[];
	greeting_variant: string | null;
	created_at: Date;
	messages: SeedMessage[];
	turns: Turn[];
	takeover: { by: Member; at: Date; handed_back_at: Date | null } | null;
	completion: { at: Date; source: CompletionSource; by: Member | null } | null;
	/** When an agent undid the completion, and why. */
	withdrawal: { at: Date; by: Member; reason: string } | null;
	/** When the AI completed the chat without the contact details that its site requires. */
	claimed_at: Date | null;
	/** When the built-in AI took over from the site's AI. */
	rescued_at: Date | null;
}

/** Returns the chat's completion as of `until`; null if it wasn't complete then. */
export function getCompletionAt({ completion, withdrawal }: Chat, until: Date): Chat['completion'] {
	const isUndone = withdrawal !== null && withdrawal.at <= until;
	return completion && completion.at <= until && !isUndone ? completion : null;
}

/** Plays the lines of a dialogue one after another, up to now. */
export class ChatSimulation {
	readonly chat: Chat;
	readonly #random: Random;
	readonly #now: Date;
	#at: number;
	#lastAnswered: SeedMessage | null = null;

	constructor(random: Random, chat: Chat, now: Date) {
		this.chat = chat;
		this.#random = random;
		this.#now = now;
		this.#at = chat.created_at.getTime();
	}

	/** Plays a line. Returns false if it would be in the future. */
	play(line: Line): boolean {
		switch (line.by) {
			case 'visitor':
				return this.#playVisitorLine(line);
			case 'ai':
				return this.#playAiLine(line);
			case 'agent':
				return this.#playAgentLine(line);
		}
	}

	/** Plays a failed call to the AI and the fallback reply. Returns false if the reply would be in the future. */
	playFailure(outcome: TurnOutcome): boolean {
		const { site } = this.chat;
		return this.#playAnswer({
			...createFailedCall(this.#random, outcome),
			line: { by: 'ai', text: site.template.fallback_reply, quick_replies: [], facts: [] },
		});
	}

	/** Plays an agent taking over. */
	takeOver(): void {
		this.#at += this.#random.around(6 * SECOND);
		const at = new Date(this.#at);
		if (at < this.#now) this.chat.takeover ??= { by: this.chat.agent, at, handed_back_at: null };
	}

	get at(): Date {
		return new Date(this.#at);
	}

	#playVisitorLine(line: Line): boolean {
		const thinkingMs = this.#random.around(7 * SECOND, 0.7) + line.text.length * 110;
		const pauseMs = this.#random.chance(0.03) ? this.#random.around(4 * MINUTE, 0.6) : 0;
		return (
			this.#addMessage(line, this.#at + thinkingMs + Math.min(pauseMs, 20 * MINUTE)) !== undefined
		);
	}

	#playAgentLine(line: Line): boolean {
		const typingMs = this.#random.around(9 * SECOND) + line.text.length * 90;
		const message = this.#addMessage(line, this.#at + typingMs);
		if (message) message.user = this.chat.takeover?.by;
		return message !== undefined;
	}

	#playAiLine(line: Line): boolean {
		const { template } = this.chat.site;
		const duration_ms = Math.min(this.#random.around(template.answer_ms, 0.55), 40 * SECOND);
		const isWorkflow = template.connector === 'n8n';
		return this.#playAnswer({
			line,
			outcome: 'ok',
			duration_ms,
			first_byte_ms: duration_ms * (0.35 + 0.3 * this.#random.next()),
			http_status: isWorkflow ? 200 : null,
			detail: null,
		});
	}

	#playAnswer(call: ReturnType<typeof createFailedCall> & { line: Line }): boolean {
		const { turns, site } = this.chat;
		const lastVisitorMessage = this.chat.messages.findLast(({ by }) => by === 'visitor') ?? null;
		const startedAt = this.#at + this.#random.int(4, 30);
		const isWorkflow = site.template.connector === 'n8n';
		const message = this.#addMessage(call.line, startedAt + call.duration_ms);
		if (!message) {
			// The answer would be in the future, so its question is removed too.
			if (lastVisitorMessage && this.chat.messages.at(-1) === lastVisitorMessage)
				this.chat.messages.pop();
			return false;
		}
		message.is_fallback = call.outcome !== 'ok';
		message.turn = {
			turn_id: this.#random.uuid(),
			started_at: new Date(startedAt),
			first_byte_at:
				call.first_byte_ms === null || !isWorkflow
					? null
					: new Date(startedAt + call.first_byte_ms),
			finished_at: message.at,
			outcome: call.outcome,
			http_status: call.http_status,
			detail: call.detail,
			execution_id:
				isWorkflow && call.http_status ? String(this.#random.int(20_000, 90_000)) : null,
			asked: call.line.asked ?? null,
			answers: lastVisitorMessage === this.#lastAnswered ? null : lastVisitorMessage,
			after: this.#lastAnswered,
		};
		turns.push(message.turn);
		this.#lastAnswered = lastVisitorMessage;
		const isCompletion =
			!message.is_fallback && containsAnyPhrase(message.text, site.template.completion_phrases);
		if (isCompletion) this.chat.completion ??= { at: message.at, source: 'live', by: null };
		return true;
	}

	#addMessage(
		{ by, text, quick_replies, facts, fault }: Line,
		timestamp: number,
	): SeedMessage | undefined {
		if (timestamp > this.#now.getTime()) return undefined;
		this.#at = Math.round(timestamp);
		const message: SeedMessage = {
			id: 0,
			by,
			text,
			at: new Date(this.#at),
			quick_replies,
			facts,
			fault,
			is_fallback: false,
		};
		this.chat.messages.push(message);
		return message;
	}
}
