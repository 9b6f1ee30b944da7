import { element, find, setText } from '../dom.ts';
import type { Item } from '../items.ts';
import { dayName, dateTime, time } from '../time.ts';
import { config, texts } from '../boot.ts';
import { authorLine } from './avatar.ts';
import { renderMarkdown } from './markdown.ts';

interface Entry {
	node: HTMLElement;
	update: (item: Item) => void;
}

/** Renders the conversation as a list, and updates only the items that changed. */
export class LogView {
	readonly #node = find('log', HTMLElement);
	readonly #entries = new Map<string, Entry>();
	readonly #retry: () => void;

	constructor(retry: () => void) {
		this.#retry = retry;
	}

	/** With `hasLoaded`, the items include the whole history. */
	render(items: Item[], hasLoaded: boolean): void {
		const isFirstTime = this.#entries.size === 0;
		const gone = new Set(this.#entries.keys());
		let place = this.#node.firstElementChild;
		for (const item of items) {
			gone.delete(item.key);
			const entry = this.#entries.get(item.key) ?? this.#add(item, !isFirstTime);
			entry.update(item);
			if (entry.node === place) place = place.nextElementSibling;
			else this.#node.insertBefore(entry.node, place);
		}
		for (const key of gone) {
			this.#entries.get(key)?.node.remove();
			this.#entries.delete(key);
		}
		// Screen readers announce only what is added after the history, starting with the greeting.
		if (hasLoaded) requestAnimationFrame(() => this.#node.setAttribute('aria-live', 'polite'));
	}

	#add(item: Item, isNew: boolean): Entry {
		const entry = makeEntry(item, this.#retry);
		// A finished reply stays where it streamed, so only the visitor's messages are animated.
		if (isNew && item.type === 'message' && item.sender === 'visitor') {
			entry.node.addEventListener('animationend', () => entry.node.classList.remove('arrived'));
			queueMicrotask(() => entry.node.classList.add('arrived'));
		}
		this.#entries.set(item.key, entry);
		return entry;
	}
}

function makeEntry(item: Item, retry: () => void): Entry {
	if (item.type === 'message') {
		const row = new MessageRow(item, retry);
		return { node: row.node, update: (next) => next.type === 'message' && row.update(next) };
	}
	const text = item.type === 'day' ? dayName(item.at) : item.text;
	const node = element('div', item.type, text);
	node.dir = 'auto';
	return { node, update: () => undefined };
}

type MessageItem = Extract<Item, { type: 'message' }>;

/** One message in the log: the author, the bubble, and below it the state, the time and "Try again". */
class MessageRow {
	readonly node: HTMLElement;
	readonly #meta = element('div', 'meta');
	readonly #state = element('span');
	readonly #time = element('time');
	readonly #retry = element('button', 'link', texts.retry);
	readonly #bubble = element('div', 'bubble');
	#author: HTMLElement | undefined;
	#isTimed = false;

	constructor(item: MessageItem, retry: () => void) {
		const speaker = element(
			'span',
			'unseen',
			`${item.author ?? speakerName(item)}, ${time(item.at)}: `,
		);
		const bubble = this.#bubble;
		bubble.title = dateTime(item.at);
		bubble.dir = 'auto';
		if (item.sender === 'visitor') bubble.append(item.text);
		else bubble.append(markdown(item.text));
		if (item.bookingUrl) bubble.append(bookingLink(item.bookingUrl));
		bubble.onclick = () => this.#toggleTime();
		this.#retry.type = 'button';
		this.#retry.onclick = retry;
		setText(this.#time, time(item.at));
		this.#meta.append(this.#state, this.#time, this.#retry);
		// Outside the bubble, where its letters would determine the text direction.
		this.node = element('div', '', speaker);
		this.node.append(bubble, this.#meta);
		this.update(item);
	}

	update(item: MessageItem): void {
		const state = { sending: texts.sending, waiting: texts.waiting, sent: texts.sent, none: '' };
		const failed = item.isLimited ? texts.too_many : texts.failed;
		setText(this.#state, item.state === 'failed' ? failed : state[item.state]);
		// Rate-limited messages are resent automatically.
		this.#retry.hidden = item.state !== 'failed' || item.isLimited;
		const classes = ['row', item.sender, item.state === 'sending' ? 'waiting' : item.state];
		if (item.isLimited) classes.push('limited');
		if (item.isFirst) classes.push('first');
		if (this.#state.textContent) classes.push('marked');
		if (this.#isTimed) classes.push('timed');
		this.node.className = classes.join(' ');
		// Only the first of a run shows it, and another message may be inserted before this one.
		if (item.isFirst && (item.sender === 'ai' || item.author) && !this.#author) {
			this.#author = authorLine(item.sender === 'ai' ? null : item.author);
			this.#bubble.before(this.#author);
		}
	}

	#toggleTime(): void {
		if (String(getSelection())) return;
		this.#isTimed = this.node.classList.toggle('timed');
	}
}

function bookingLink(url: string): HTMLElement {
	const link = element('a', 'book', texts.book);
	link.href = url;
	link.target = '_blank';
	link.rel = 'noopener noreferrer';
	return link;
}

function markdown(text: string): DocumentFragment {
	const holder = element('div');
	renderMarkdown(holder, text);
	const fragment = document.createDocumentFragment();
	fragment.append(...holder.children);
	return fragment;
}

const speakerName = ({ sender }: MessageItem) =>
	sender === 'visitor' ? texts.you : config.assistant.name;
