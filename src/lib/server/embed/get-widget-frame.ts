import { randomBytes } from 'node:crypto';
import template from '../../../../widget/frame.html?raw';
import type { FrameBoot } from '#lib/contract/frame.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import { getAccentTextColor } from '#lib/contract/accent.ts';
import type { Ctx } from '../core/context.ts';
import { resumeSession } from '../conversations/sessions/unchecked.ts';
import { getWidgetConfig } from './get-widget-config.ts';
import { escapeHtml, fillTemplate, toScriptJson, renderMarkdown } from './html.ts';
import previewPage from './preview.html?raw';
import { TEXTS } from './texts/index.ts';
import { getFrameFiles } from './widget-files.ts';

interface FrameRequest {
	site_key: string;
	/** The frame URL's query: `via`, `theme`, `language`, `resume`, `preview`. */
	query: URLSearchParams;
	accept_language: string | null;
}

export interface FramePage {
	html: string;
	content_security_policy: string;
}

/** The length, in characters, above which a consent text scrolls. */
const LONG_CONSENT_LENGTH = 200;
const TYPING_INDICATOR = '<div class="bubble dots"><i></i><i></i><i></i></div>';

/** Returns the page inside the frame, with the greeting and the data for its script. Throws `not_found`. */
export async function getWidgetFrame(ctx: Ctx, request: FrameRequest): Promise<FramePage> {
	const { site_key, query, accept_language } = request;
	const widget = await getWidgetConfig(ctx, site_key, {
		page: query.get('language'),
		browser: accept_language,
	});
	const { config, language, allowed_origins } = widget;
	const texts = TEXTS[language];
	// The settings page's preview doesn't run a chat, and nothing in it is counted or stored.
	const isPreview = query.get('preview') === '1';
	const resume_token = isPreview ? null : query.get('resume');
	const resume =
		resume_token && (await resumeSession(ctx, { token: resume_token, site_key: config.site }));
	const boot: FrameBoot = {
		config: toScriptConfig(config),
		language,
		texts,
		resume: resume || null,
	};
	const nonce = randomBytes(16).toString('base64');
	const { script, style } = getFrameFiles();
	const html = fillTemplate(template, {
		nonce,
		script: isPreview ? renderPreviewScript(nonce) : createScriptTag(nonce, script),
		lang: language,
		dir: language === 'ar' ? 'rtl' : 'ltr',
		theme: ['light', 'dark'].find((theme) => theme === query.get('theme')) ?? config.theme,
		style: style + createAccentStyle(config),
		...createHeaderValues(config),
		close_hidden: query.get('via') === 'launcher' ? '' : 'hidden',
		greeting: isPreview
			? renderGreeting(config, config.greeting ?? '')
			: renderInitialGreeting(config, query, widget.is_greeting_pending),
		sample: isPreview ? renderSampleConversation(config) : '',
		...createPrivacyValues(config),
		expired_hidden: resume_token && !resume ? '' : 'hidden',
		boot: toScriptJson(boot),
		...Object.fromEntries(
			Object.entries<string>({ ...texts }).map(([name, text]) => [
				`text.${name}`,
				escapeHtml(text),
			]),
		),
	});
	const { publicUrl } = ctx.app.config;
	const pages = isPreview ? [new URL(publicUrl).origin] : allowed_origins;
	const policy = { nonce, publicUrl, allowed_origins: pages };
	return { html, content_security_policy: createContentSecurityPolicy(policy) };
}

const createScriptTag = (nonce: string, src: string) =>
	`<script type="module" nonce="${nonce}" src="${src}"></script>`;

function createAccentStyle({ accent, accent_ink }: WidgetConfig): string {
	// The surfaces with the least contrast: --surface-2 of widget/app/styles.css.
	const light = getAccentTextColor('#f3f3ef', accent);
	const dark = getAccentTextColor('#1d2129', accent);
	return `:root{--accent:${accent};--accent-ink:${accent_ink};--accent-text-light:${light};--accent-text-dark:${dark}}`;
}

/** Returns the template's values for the AI disclosure and the consent. */
const createPrivacyValues = ({ ai_disclosure, consent }: WidgetConfig) => ({
	disclosure: escapeHtml(ai_disclosure ?? ''),
	disclosure_hidden: ai_disclosure ? '' : 'hidden',
	consent: consent ? renderMarkdown(consent.text) : '',
	consent_hidden: consent ? '' : 'hidden',
	// A scrolling text must be focusable, to scroll it by keyboard.
	consent_focus: (consent?.text.length ?? 0) > LONG_CONSENT_LENGTH ? 'tabindex="0"' : '',
	agree_hidden: consent?.is_required ? '' : 'hidden',
});

/** Removes the logo and the greeting bubble from the script's configuration, because the page itself shows them. */
const toScriptConfig = (config: WidgetConfig): WidgetConfig => ({
	...config,
	assistant: { ...config.assistant, logo: null },
	greeting_bubble: null,
});

/** The assistant's avatar if the site has set neither a logo nor a name. */
const SPARKLE =
	'<svg viewBox="0 0 24 24"><path d="M12 3l1.9 5.1a3 3 0 0 0 1.8 1.8L21 12l-5.3 2.1a3 3 0 0 0-1.8 1.8L12 21l-1.9-5.1a3 3 0 0 0-1.8-1.8L3 12l5.3-2.1a3 3 0 0 0 1.8-1.8z" /></svg>';

/** Returns the template's values for the assistant. If it has a name, the header text becomes the conversation's introduction. */
function createHeaderValues({ assistant, header_text }: WidgetConfig) {
	const hasName = assistant.initials !== '';
	return {
		title: escapeHtml(hasName ? assistant.name : header_text),
		header_text: escapeHtml(header_text),
		intro_hidden: hasName ? '' : 'hidden',
		face: renderAvatar(assistant),
	};
}

function renderAvatar({ logo, initials }: WidgetConfig['assistant']): string {
	if (logo) return `<img src="${escapeHtml(logo)}" alt="" />`;
	return initials ? escapeHtml(initials) : SPARKLE;
}

/** Returns the HTML that is shown before the chat starts: the greeting, a typing indicator, or nothing if it isn't known when the chat will start. */
function renderInitialGreeting(
	config: WidgetConfig,
	query: URLSearchParams,
	isGreetingPending: boolean,
): string {
	const { greeting, has_storage_before_interaction } = config;
	if (greeting !== null && !isGreetingPending) return renderGreeting(config, greeting);
	return has_storage_before_interaction || query.get('via') === 'launcher'
		? renderAuthor(config) + TYPING_INDICATOR
		: '';
}

/** Returns the HTML of the author, as shown above each run of messages. */
const renderAuthor = ({ assistant }: WidgetConfig) =>
	`<div class="author" aria-hidden="true"><span class="avatar">${renderAvatar(assistant)}</span><span dir="auto">${escapeHtml(assistant.name)}</span></div>`;

const renderGreeting = (config: WidgetConfig, greeting: string) =>
	`${renderAuthor(config)}<div class="bubble greeting" dir="auto">${renderMarkdown(greeting)}</div>`;

/** Returns the preview's script, which renders the data that the settings page sends, without calling the server. */
const renderPreviewScript = (nonce: string) => fillTemplate(previewPage, { nonce });

const SAMPLE_MESSAGES: [sender: 'visitor' | 'ai', text: string][] = [
	['visitor', "I'd like a quote"],
	['ai', 'Happy to help! When would you like to start?'],
];

/** Returns a short conversation that shows every color. */
const renderSampleConversation = (config: WidgetConfig) =>
	SAMPLE_MESSAGES.map(
		([sender, text]) =>
			`<div class="row ${sender} first">${sender === 'ai' ? renderAuthor(config) : ''}<div class="bubble">${escapeHtml(text)}</div></div>`,
	).join('');

interface PolicyOptions {
	nonce: string;
	publicUrl: string;
	/** Empty if any page may embed the site. */
	allowed_origins: string[];
}

const ORIGIN = /^https?:\/\/[a-z0-9.*-]+(:\d+)?$/i;

/**
 * Returns the frame's Content-Security-Policy: only its own script and style are allowed, they can connect only to this
 * server, and only the allowed origins can embed it.
 */
export function createContentSecurityPolicy({
	nonce,
	publicUrl,
	allowed_origins,
}: PolicyOptions): string {
	const directives = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}'`,
		// In older Safari, 'self' does not include websockets.
		`connect-src 'self' ${new URL(publicUrl).origin.replace(/^http/, 'ws')}`,
		// The logo is a data URL.
		"img-src 'self' data:",
		"base-uri 'none'",
		"form-action 'none'",
	];
	if (allowed_origins.length > 0) {
		const pages = allowed_origins.filter((origin) => ORIGIN.test(origin));
		directives.push(`frame-ancestors ${["'self'", ...pages].join(' ')}`);
	}
	return directives.join('; ');
}
