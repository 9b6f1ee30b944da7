import { texts } from '../boot.ts';
import type { Reply } from '../conversation.ts';
import { createElement, getElement } from '../dom.ts';
import { createAuthorLine } from './avatar.ts';
import { renderMarkdown } from './markdown.ts';

/**
 * Shows the streaming reply below the log: dots, or the text so far. It is outside the log, which is a live region, so
 * that screen readers announce the finished message once instead of every delta.
 */
export class ReplyView {
	readonly #node = getElement('reply', HTMLElement);
	readonly #dots = createElement(
		'div',
		'bubble dots',
		createElement('i'),
		createElement('i'),
		createElement('i'),
	);
	readonly #typing = createElement(
		'div',
		'typing',
		this.#dots,
		createElement('span', '', texts.still_typing),
	);
	#bubble: HTMLElement | undefined;
	#renderedReply: Reply | undefined;
	/** The author above the reply; null for the assistant, undefined if the reply continues a run. */
	#author: string | null | undefined;

	/** `agentName` is the teammate who is typing, if any. */
	render(reply: Reply | null, agentName: string | null, continuesGroup: boolean): void {
		this.#node.classList.toggle('joined', continuesGroup);
		this.#node.classList.toggle('person', !reply);
		const author = continuesGroup ? undefined : reply ? null : agentName;
		if (reply?.isComplete && reply.text.trim()) return this.#showText(reply, author);
		this.#renderedReply = undefined;
		if (reply || agentName !== null) this.#show(this.#typing, author);
		else this.#node.replaceChildren();
	}

	#showText(reply: Reply, author: string | null | undefined): void {
		if (this.#renderedReply !== reply || !this.#bubble)
			this.#bubble = createElement('div', 'bubble text');
		this.#renderedReply = reply;
		this.#bubble.dir = 'auto';
		renderMarkdown(this.#bubble, reply.text, true);
		this.#show(this.#bubble, author);
	}

	#show(node: HTMLElement, author: string | null | undefined): void {
		if (this.#node.lastElementChild === node && this.#author === author) return;
		this.#author = author;
		this.#node.replaceChildren(...(author === undefined ? [] : [createAuthorLine(author)]), node);
	}
}
