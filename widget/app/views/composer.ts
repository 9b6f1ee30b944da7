import { isComposing } from '#lib/is-composing.ts';
import { getElement } from '../dom.ts';

const TYPING_INTERVAL_MS = 3000;
const TYPING_TIMEOUT_MS = 5000;

interface Options {
	send: (text: string, honeypot: string) => void;
	onTyping: (isTyping: boolean) => void;
}

/** The message field: grows to five lines. Enter sends, Shift+Enter starts a new line. */
export class Composer {
	readonly #input = getElement('input', HTMLTextAreaElement);
	readonly #button = getElement('send', HTMLButtonElement);
	readonly #options: Options;
	#announcedAt = -Infinity;
	#typingTimeout: ReturnType<typeof setTimeout> | undefined;

	constructor(options: Options) {
		this.#options = options;
		this.#input.addEventListener('input', () => this.#onInput());
		this.#input.addEventListener('keydown', (event) => {
			if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
			event.preventDefault();
			this.#send();
		});
		getElement('composer', HTMLFormElement).addEventListener('submit', (event) => {
			event.preventDefault();
			this.#send();
		});
		this.#fitToWidth();
	}

	/** Focuses the field, except on touch screens, where the keyboard would cover the messages. */
	focus(): void {
		if (matchMedia('(hover: hover)').matches) this.#input.focus({ preventScroll: true });
	}

	setEnabled(isEnabled: boolean): void {
		if (this.#input.disabled !== isEnabled) return;
		this.#input.disabled = !isEnabled;
		this.#fit();
	}

	#send(): void {
		const text = this.#input.value.trim();
		if (!text) return;
		this.#input.value = '';
		this.#fit();
		this.#input.focus({ preventScroll: true });
		this.#announceTyping(false);
		this.#options.send(text, getElement('website', HTMLInputElement).value);
	}

	#onInput(): void {
		this.#fit();
		this.#announceTyping(this.#input.value.trim() !== '');
	}

	#announceTyping(isTyping: boolean): void {
		clearTimeout(this.#typingTimeout);
		if (isTyping)
			this.#typingTimeout = setTimeout(() => this.#announceTyping(false), TYPING_TIMEOUT_MS);
		else if (this.#announcedAt === -Infinity) return;
		if (isTyping && performance.now() - this.#announcedAt < TYPING_INTERVAL_MS) return;
		this.#announcedAt = isTyping ? performance.now() : -Infinity;
		this.#options.onTyping(isTyping);
	}

	/** Fits the height again when the width changes. In a frame that is hidden at first, the field has neither. */
	#fitToWidth(): void {
		let width: number | undefined;
		new ResizeObserver(() => {
			if (this.#input.clientWidth === width) return;
			width = this.#input.clientWidth;
			this.#fit();
		}).observe(this.#input);
	}

	#fit(): void {
		this.#button.disabled = this.#input.disabled || this.#input.value.trim() === '';
		this.#input.style.height = 'auto';
		this.#input.style.height = `${this.#input.scrollHeight}px`;
	}
}
