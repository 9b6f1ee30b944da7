import { createTimeUntilFormat } from '#lib/locale.ts';
import { config, language, texts } from '../boot.ts';
import type { Conversation } from '../conversation.ts';
import { getElement, setText } from '../dom.ts';

const TICK_MS = 10_000;
const MINUTE_MS = 60_000;
const formatTimeUntil = createTimeUntilFormat(language);

/** Offers to talk to a person, and shows when one should arrive. */
export class HandoffView {
	readonly #line = getElement('handoff', HTMLElement);
	readonly #text = getElement('handoff-text', HTMLElement);
	readonly #button = getElement('handoff-button', HTMLButtonElement);
	#timer: ReturnType<typeof setInterval> | undefined;

	constructor(actions: { request: () => void; cancel: () => void }) {
		this.#button.onclick = () => (this.#timer === undefined ? actions.request : actions.cancel)();
	}

	render({ session, messages, clockLagMs }: Conversation): void {
		const deadline = session?.handoff_deadline_at ?? null;
		// Offered only after the visitor's first message.
		const hasWritten = messages.some(({ sender }) => sender === 'visitor');
		const canRequest = config.may_ask_for_person && hasWritten && session?.agent === null;
		this.#line.hidden = deadline === null && !canRequest;
		setText(this.#button, deadline === null ? texts.talk_to_person : texts.cancel);
		clearInterval(this.#timer);
		this.#timer = undefined;
		if (deadline === null) return setText(this.#text, '');
		const update = () => {
			const leftMs = Date.parse(deadline) - Date.now() - clockLagMs;
			setText(this.#text, texts.person_called.replace('{when}', formatTimeLeft(leftMs)));
		};
		update();
		this.#timer = setInterval(update, TICK_MS);
	}
}

/** Formats the time left in minutes, or in tens of seconds below a minute. */
function formatTimeLeft(ms: number): string {
	if (ms > MINUTE_MS) return formatTimeUntil(Math.ceil(ms / MINUTE_MS), 'minute');
	return formatTimeUntil(Math.ceil(Math.max(0, ms) / TICK_MS) * (TICK_MS / 1000), 'second');
}
