import { untilFormat } from '#lib/locale.ts';
import { config, language, texts } from '../boot.ts';
import type { Conversation } from '../conversation.ts';
import { find, setText } from '../dom.ts';

const TICK_MS = 10_000;
const MINUTE_MS = 60_000;
const until = untilFormat(language);

/** Offers to talk to a person, and shows when one should arrive. */
export class HandoffView {
	readonly #line = find('handoff', HTMLElement);
	readonly #text = find('handoff-text', HTMLElement);
	readonly #button = find('handoff-button', HTMLButtonElement);
	#tick: ReturnType<typeof setInterval> | undefined;

	constructor(act: { request: () => void; cancel: () => void }) {
		this.#button.onclick = () => (this.#tick === undefined ? act.request : act.cancel)();
	}

	render({ session, messages }: Conversation): void {
		const deadline = session?.handoff_deadline_at ?? null;
		// Offered only after the visitor's first message.
		const hasWritten = messages.some(({ sender }) => sender === 'visitor');
		const mayAsk = config.may_ask_for_person && hasWritten && session?.agent === null;
		this.#line.hidden = deadline === null && !mayAsk;
		setText(this.#button, deadline === null ? texts.talk_to_person : texts.cancel);
		clearInterval(this.#tick);
		this.#tick = undefined;
		if (deadline === null) return setText(this.#text, '');
		const show = () => setText(this.#text, texts.person_called.replace('{when}', when(deadline)));
		show();
		this.#tick = setInterval(show, TICK_MS);
	}
}

/** Returns the time left in words, in minutes or tens of seconds. */
function when(deadline: string): string {
	const left_ms = Math.max(0, Date.parse(deadline) - Date.now());
	if (left_ms > MINUTE_MS) return until(Math.ceil(left_ms / MINUTE_MS), 'minute');
	return until(Math.ceil(left_ms / TICK_MS) * (TICK_MS / 1000), 'second');
}
