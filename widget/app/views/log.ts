import { createElement, getElement, setText } from '../dom.ts';
import type { Item } from '../items.ts';
import { formatDateTime, formatDay, formatTime } from '../time.ts';
import { config, texts } from '../boot.ts';
import { createAuthorLine } from './avatar.ts';
import { renderMarkdown } from './markdown.ts';

interface Entry {
	node: HTMLElement;
	update: (item: Item) => void;
}

/** Renders the conversation as a list, and updates only the items that changed. */
export class LogView {
	readonly #node = getElement('log', HTMLElement);
	readonly #entries = new Map<string, Entry>();
	readonly #retry: () => void;

	constructor(retry: () => void) {
		this.#retry = retry;
	}

	/** `hasLoaded` means that the items include the whole history. */
	render(items: Item[], hasLoaded: boolean): void {
		const isFirstRender = this.#entries.size === 0;
		const staleKeys = new Set(this.#entries.keys());
		let nextNode = this.#node.firstElementChild;
		for (const item of items) {
			staleKeys.delete(item.key);
			const entry = this.#entries.get(item.key) ?? this.#add(item, !isFirstRender);
			entry.update(item);
			if (entry.node === nextNode) nextNode = nextNode.nextElementSibling;
			else this.#node.insertBefore(entry.node, nextNode);
		}
		for (const key of staleKeys) {
			this.#entries.get(key)?.node.remove();
			this.#entries.delete(key);
		}
		// Screen readers announce only what is added after the history has loaded, starting with the greeting.
		if (hasLoaded) requestAnimationFrame(() => this.#node.setAttribute('aria-live', 'polite'));
	}

	#add(item: Item, isNew: boolean): Entry {
		const entry = createEntry(item, this.#retry);
		// A finished reply stays where it streamed, so only the visitor's messages are animated.
		if (isNew && item.type === 'message' && item.sender === 'visitor') {
			entry.node.addEventListener('animationend', () => entry.node.classList.remove('arrived'));
			queueMicrotask(() => entry.node.classList.add('arrived'));
		}
		this.#entries.set(item.key, entry);
		return entry;
	}
}

function createEntry(item: Item, retry: () => void): Entry {
	if (item.type === 'message') {
		const row = new MessageRow(item, retry);
		return { node: row.node, update: (next) => next.type === 'message' && row.update(next) };
	}
	const text = item.type === 'day' ? formatDay(item.at) : item.text;
	const node = createElement('div', item.type, text);
	node.dir = 'auto';
	return { node, update: () => undefined };
}

type MessageItem = Extract<Item, { type: 'message' }>;

/** One message in the log: the author, the bubble, and below it the state, the time and "Try again". */
class MessageRow {
	readonly node: HTMLElement;
	readonly #meta = createElement('div', 'meta');
	readonly #state = createElement('span');
	readonly #time = createElement('time');
	readonly #retry = createElement('button', 'link', texts.retry);
	readonly #bubble = createElement('div', 'bubble');
	#author: HTMLElement | undefined;
	#showsTime = false;

	constructor(item: MessageItem, retry: () => void) {
		const screenReaderPrefix = createElement(
			'span',
			'unseen',
			`${item.author ?? getSenderName(item)}, ${formatTime(item.at)}: `,
		);
		const bubble = this.#bubble;
		bubble.title = formatDateTime(item.at);
		bubble.dir = 'auto';
		if (item.sender === 'visitor') bubble.append(item.text);
		else bubble.append(createMarkdown(item.text));
		if (item.bookingUrl) bubble.append(createBookingLink(item.bookingUrl));
		bubble.onclick = () => this.#toggleTime();
		this.#retry.type = 'button';
		this.#retry.onclick = retry;
		setText(this.#time, formatTime(item.at));
		this.#meta.append(this.#state, this.#time, this.#retry);
		// The prefix is outside the bubble, whose text direction it would otherwise determine.
		this.node = createElement('div', '', screenReaderPrefix);
		this.node.append(bubble, this.#meta);
		this.update(item);
	}

	update(item: MessageItem): void {
		const labels = { sending: texts.sending, waiting: texts.waiting, sent: texts.sent, none: '' };
		const failedLabel = item.isRateLimited ? texts.too_many : texts.failed;
		setText(this.#state, item.state === 'failed' ? failedLabel : labels[item.state]);
		this.#retry.hidden = !item.canRetry;
		const classes = ['row', item.sender, item.state === 'sending' ? 'waiting' : item.state];
		if (item.isRateLimited) classes.push('limited');
		if (item.isFirst) classes.push('first');
		if (this.#state.textContent) classes.push('marked');
		if (this.#showsTime) classes.push('timed');
		this.node.className = classes.join(' ');
		// Only the first message of a run shows its author, and another message may be inserted before this one.
		if (item.isFirst && (item.sender === 'ai' || item.author) && !this.#author) {
			this.#author = createAuthorLine(item.sender === 'ai' ? null : item.author);
			this.#bubble.before(this.#author);
		}
	}

	#toggleTime(): void {
		if (String(getSelection())) return;
		this.#showsTime = this.node.classList.toggle('timed');
	}
}

function createBookingLink(url: string): HTMLElement {
	const link = createElement('a', 'book', texts.book);
	link.href = url;
	link.target = '_blank';
	link.rel = 'noopener noreferrer';
	return link;
}

function createMarkdown(text: string): DocumentFragment {
	const container = createElement('div');
	renderMarkdown(container, text);
	const fragment = document.createDocumentFragment();
	fragment.append(...container.children);
	return fragment;
}

const getSenderName = ({ sender }: MessageItem) =>
	sender === 'visitor' ? texts.you : config.assistant.name;
