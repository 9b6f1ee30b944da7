import { setImmediate } from 'node:timers/promises';
import type { Token } from 'parse5';

/** A script element that mentions the widget's loader or carries a site's key. */
export interface PageScript {
	attributes: Record<string, string>;
}

/** The embedded chats in a page's HTML. */
export interface PageFacts {
	scripts: PageScript[];
	/** The site keys of `data-frontdesk` elements. */
	elements: string[];
	/** The addresses of iframes that may be chats. */
	frames: string[];
	/** Whether an iframe that may be a chat waits for consent. */
	has_blocked_frame: boolean;
	/** The site keys in `FrontdeskSettings`. */
	settings: string[];
	/** Whether an inline script adds the widget's loader. */
	has_inline_loader: boolean;
	/** Where the page contains embed code that doesn't run. */
	hidden: Set<'comment' | 'noscript' | 'template' | 'text'>;
	/** Content-Security-Policies in `meta` elements. */
	policies: string[];
	has_tag_manager: boolean;
}

/** The number of characters read between two pauses, so that a large page doesn't block other requests. */
const SLICE_LENGTH = 16 * 1024;
/** The maximum number of attributes per tag, because the tokenizer compares each one with all others. */
const MAX_ATTRIBUTES = 2000;
/** The maximum number of entries in each list of `PageFacts`, because judging them blocks other requests. */
const MAX_ENTRIES = 200;
/** The maximum number and length of policies in `meta` elements. The headers of a response have a similar limit. */
const MAX_POLICIES = 5;
const MAX_POLICY_LENGTH = 16 * 1024;

/**
 * Reads a page's HTML. Uses only a tokenizer, because building a tree takes quadratic time for deeply nested elements. `host`
 * is the host of the widget's loader.
 */
export async function readPage(html: string, host: string): Promise<PageFacts> {
	// Imported on first use, because most processes never test a page.
	const { Tokenizer, TokenizerMode } = await import('parse5');
	const facts: PageFacts = {
		scripts: [],
		elements: [],
		frames: [],
		has_blocked_frame: false,
		settings: [],
		has_inline_loader: false,
		hidden: new Set(),
		policies: [],
		has_tag_manager: false,
	};
	const loader = `${host}/widget.js`;
	const mentions = (text: string) => text.includes(loader) || text.includes(`${host}/embed/`);
	/** The tag of the open element if its content is text rather than markup; otherwise empty. */
	let rawTag = '';
	let text = '';
	let templateDepth = 0;

	const endText = () => {
		const content = text;
		text = '';
		if (rawTag === 'script') readScript(facts, content, loader);
		else if (rawTag === 'noscript') {
			if (mentions(content) && !isFallbackFrame(content)) facts.hidden.add('noscript');
		} else if (mentions(content) && rawTag !== 'style') facts.hidden.add('text');
	};
	const handler = {
		onStartTag({ tagName, attrs }: Token.TagToken) {
			endText();
			rawTag = '';
			const attributes = Object.fromEntries(attrs.map(({ name, value }) => [name, value]));
			const mode = TOKENIZER_MODES[tagName];
			if (mode) {
				rawTag = tagName;
				tokenizer.state = TokenizerMode[mode];
			}
			if (tagName === 'template') templateDepth += 1;
			if (templateDepth > 0) {
				if (tagName === 'script' && isCode(attributes, loader)) facts.hidden.add('template');
				return;
			}
			readElement(facts, tagName, attributes, loader);
		},
		onEndTag({ tagName }: Token.TagToken) {
			endText();
			rawTag = '';
			if (tagName === 'template') templateDepth = Math.max(0, templateDepth - 1);
		},
		onComment({ data }: Token.CommentToken) {
			if (mentions(data)) facts.hidden.add('comment');
		},
		onCharacter({ chars }: Token.CharacterToken) {
			text += chars;
		},
		onWhitespaceCharacter({ chars }: Token.CharacterToken) {
			text += chars;
		},
		onNullCharacter() {},
		onDoctype() {},
		onEof() {
			endText();
		},
	};
	class PageTokenizer extends Tokenizer {
		/** The number of attributes read so far of an unfinished tag. */
		get attributeCount(): number {
			const token = this.currentToken;
			return token && 'attrs' in token ? token.attrs.length : 0;
		}
	}
	const tokenizer = new PageTokenizer({}, handler);
	for (let at = 0; at < html.length; at += SLICE_LENGTH) {
		tokenizer.write(html.slice(at, at + SLICE_LENGTH), at + SLICE_LENGTH >= html.length);
		if (tokenizer.attributeCount > MAX_ATTRIBUTES) break;
		await setImmediate();
	}
	return facts;
}

/** The tokenizer's states for elements whose content is text rather than markup. */
const TOKENIZER_MODES: Record<string, 'SCRIPT_DATA' | 'RAWTEXT' | 'RCDATA' | 'PLAINTEXT'> = {
	script: 'SCRIPT_DATA',
	style: 'RAWTEXT',
	noscript: 'RAWTEXT',
	noembed: 'RAWTEXT',
	noframes: 'RAWTEXT',
	iframe: 'RAWTEXT',
	xmp: 'RAWTEXT',
	textarea: 'RCDATA',
	title: 'RCDATA',
	plaintext: 'PLAINTEXT',
};

type Attributes = Record<string, string>;

/** Returns whether a script element is the widget's code, even if a plugin has changed its URL. */
const isCode = (attributes: Attributes, loader: string): boolean =>
	'data-site' in attributes ||
	Object.values(attributes).some((value) => value.includes(loader)) ||
	/\/widget\.js(\?|$)/.test(attributes['src'] ?? '');

function readElement(facts: PageFacts, tag: string, attributes: Attributes, loader: string): void {
	if (tag === 'script') {
		if (isCode(attributes, loader)) add(facts.scripts, { attributes });
		for (const value of Object.values(attributes)) {
			if (GTM.test(value)) facts.has_tag_manager = true;
			const code = decodeDataUrl(value);
			if (code !== undefined) readScript(facts, code, loader);
		}
	}
	if (tag === 'iframe') {
		const src = Object.values(attributes).find((value) => FRAME.test(value));
		if (src !== undefined) add(facts.frames, src);
		facts.has_blocked_frame ||=
			src !== undefined && src !== attributes['src'] && isBlocked(attributes);
	}
	const key = attributes['data-frontdesk'];
	if (key !== undefined) add(facts.elements, key);
	if (tag === 'meta' && attributes['http-equiv']?.toLowerCase() === 'content-security-policy') {
		const policy = (attributes['content'] ?? '').slice(0, MAX_POLICY_LENGTH);
		add(facts.policies, policy, MAX_POLICIES);
	}
}

function add<Entry>(list: Entry[], entry: Entry, max = MAX_ENTRIES): void {
	if (list.length < max) list.push(entry);
}

/** Matches the URL of the chat's frame. Plugins that delay frames move it to another attribute. */
const FRAME = /^\s*(?:(?:https?:)?\/\/[^\s<>]{1,1000})?\/embed\//i;
/** Matches Google Tag Manager's script, even if the website serves it from its own host. */
const GTM = /\/gtm\.js\?id=/;
const BLOCKER = /consent|cookie|cmplz|borlabs|usercentrics|suppressedsrc|axeptio/;
const DATA_URL = /^data:(?:text|application)\/(?:x-)?javascript[^,]{0,40},/i;

/** Returns whether a consent manager keeps an element from loading, judging by its attributes. */
const isBlocked = (attributes: Attributes): boolean =>
	Object.keys(attributes).some((name) => BLOCKER.test(name)) ||
	/consent/.test(attributes['type'] ?? '');

const SCRIPT_TYPE = /^$|^module$|^(text|application)\/(x-)?(java|ecma)script\b/i;
const CONSENT_ATTRIBUTES = ['data-category', 'data-service', 'data-name'];

/** Returns what keeps a script element from running when the page loads. */
export function findScriptDelay({ attributes }: PageScript): 'consent' | 'plugin' | undefined {
	const canRun = SCRIPT_TYPE.test(attributes['type']?.trim() ?? '') && attributes['src'];
	if (canRun) return undefined;
	const needsConsent =
		attributes['type'] === 'text/plain' ||
		isBlocked(attributes) ||
		CONSENT_ATTRIBUTES.some((name) => name in attributes) ||
		/\b(cmplz|optanon)/.test(attributes['class'] ?? '');
	return needsConsent ? 'consent' : 'plugin';
}

/** Returns the code of a script that a plugin has moved into a data URL. */
function decodeDataUrl(value: string): string | undefined {
	const [start] = DATA_URL.exec(value) ?? [];
	if (start === undefined) return undefined;
	const data = value.slice(start.length);
	if (start.includes(';base64')) return Buffer.from(data, 'base64').toString();
	try {
		return decodeURIComponent(data);
	} catch {
		return undefined;
	}
}

/** Reads an inline script: settings for the widget, code that adds the loader, or a tag manager. */
function readScript(facts: PageFacts, script: string, loader: string): void {
	// Shopify, Nuxt and others escape slashes.
	const code = script.replace(/\\(?:\/|u002f)/gi, '/');
	if (code.includes(loader)) facts.has_inline_loader = true;
	if (GTM.test(code)) facts.has_tag_manager = true;
	if (!code.includes('FrontdeskSettings')) return;
	for (const [, key] of code.matchAll(/\bsite["']?\s*:\s*["']([^"'\n]{1,63})["']/g)) {
		if (key !== undefined) add(facts.settings, key);
	}
}

/** Returns whether the content of a noscript element is only a frame, which is intended for visitors without JavaScript. */
const isFallbackFrame = (content: string) => /<iframe/i.test(content) && !/<script/i.test(content);
