import { randomBytes } from 'node:crypto';
import template from '../../../../widget/frame.html?raw';
import type { FrameBoot } from '#lib/contract/frame.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import { getAccentTextColor } from '#lib/contract/accent.ts';
import type { Ctx } from '../core/context.ts';
import { resumeSession } from '../conversations/sessions/unchecked.ts';
import { getWidgetConfig } from './get-widget-config.ts';
import { escapeHtml, fillTemplate, jsonForHtml, markdownHtml } from './html.ts';
import previewPage from './preview.html?raw';
import { TEXTS } from './texts/index.ts';
import { frameFiles } from './widget-files.ts';

interface FrameRequest {
	site_key: string;
	/** The query of the frame's address: `via`, `theme`, `language`, `resume`, `preview`. */
	query: URLSearchParams;
	accept_language: string | null;
}

export interface FramePage {
	html: string;
	content_security_policy: string;
}

/** Longer consent texts scroll. */
const LONG_CONSENT = 200;
const DOTS = '<div class="bubble dots"><i></i><i></i><i></i></div>';

/** Returns the page inside the frame, with the greeting and everything its script needs. Throws `not_found`. */
export async function getWidgetFrame(ctx: Ctx, request: FrameRequest): Promise<FramePage> {
	const { site_key, query, accept_language } = request;
	const widget = await getWidgetConfig(ctx, site_key, {
		page: query.get('language'),
		browser: accept_language,
	});
	const { config, language, allowed_origins } = widget;
	const texts = TEXTS[language];
	// The preview of the settings page runs no chat, and nothing in it is counted or stored.
	const isPreview = query.get('preview') === '1';
	const resume_token = isPreview ? null : query.get('resume');
	const resume = resume_token && (await resumeSession(ctx, { token: resume_token, site_key }));
	const boot: FrameBoot = { config: forScript(config), language, texts, resume: resume || null };
	const nonce = randomBytes(16).toString('base64');
	const { script, style } = frameFiles();
	const html = fillTemplate(template, {
		nonce,
		script: isPreview ? previewScript(nonce) : scriptTag(nonce, script),
		lang: language,
		dir: language === 'ar' ? 'rtl' : 'ltr',
		theme: ['light', 'dark'].find((theme) => theme === query.get('theme')) ?? config.theme,
		style: style + accentStyle(config),
		...header(config),
		close_hidden: query.get('via') === 'launcher' ? '' : 'hidden',
		greeting: isPreview
			? greetingRun(config, config.greeting ?? '')
			: greetingShell(config, query, widget.is_greeting_pending),
		sample: isPreview ? sampleConversation(config) : '',
		...privacyNotices(config),
		expired_hidden: resume_token && !resume ? '' : 'hidden',
		boot: jsonForHtml(boot),
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
	return { html, content_security_policy: contentSecurityPolicy(policy) };
}

const scriptTag = (nonce: string, src: string) =>
	`<script type="module" nonce="${nonce}" src="${src}"></script>`;

function accentStyle({ accent, accent_ink }: WidgetConfig): string {
	// The surfaces with the least contrast: --surface-2 of widget/app/styles.css.
	const light = getAccentTextColor('#f3f3ef', accent);
	const dark = getAccentTextColor('#1d2129', accent);
	return `:root{--accent:${accent};--accent-ink:${accent_ink};--accent-text-light:${light};--accent-text-dark:${dark}}`;
}

/** Returns the template's values for the AI disclosure and the consent. */
const privacyNotices = ({ ai_disclosure, consent }: WidgetConfig) => ({
	disclosure: escapeHtml(ai_disclosure ?? ''),
	disclosure_hidden: ai_disclosure ? '' : 'hidden',
	consent: consent ? markdownHtml(consent.text) : '',
	consent_hidden: consent ? '' : 'hidden',
	// A scrolling text must be focusable, to scroll it by keyboard.
	consent_focus: (consent?.text.length ?? 0) > LONG_CONSENT ? 'tabindex="0"' : '',
	agree_hidden: consent?.is_required ? '' : 'hidden',
});

/** The page shows the logo and the launcher's greeting, not the script. */
const forScript = (config: WidgetConfig): WidgetConfig => ({
	...config,
	assistant: { ...config.assistant, logo: null },
	greeting_bubble: null,
});

/** The assistant's face where the site gives neither a logo nor a name. */
const SPARKLE =
	'<svg viewBox="0 0 24 24"><path d="M12 3l1.9 5.1a3 3 0 0 0 1.8 1.8L21 12l-5.3 2.1a3 3 0 0 0-1.8 1.8L12 21l-1.9-5.1a3 3 0 0 0-1.8-1.8L3 12l5.3-2.1a3 3 0 0 0 1.8-1.8z" /></svg>';

/** Returns the template's values for the assistant. With a name, the header text introduces the conversation instead. */
function header({ assistant, header_text }: WidgetConfig) {
	const hasName = assistant.initials !== '';
	return {
		title: escapeHtml(hasName ? assistant.name : header_text),
		header_text: escapeHtml(header_text),
		intro_hidden: hasName ? '' : 'hidden',
		face: face(assistant),
	};
}

function face({ logo, initials }: WidgetConfig['assistant']): string {
	if (logo) return `<img src="${escapeHtml(logo)}" alt="" />`;
	return initials ? escapeHtml(initials) : SPARKLE;
}

/** Returns what the frame shows before the chat has started; nothing when it is unknown when it will start. */
function greetingShell(
	config: WidgetConfig,
	query: URLSearchParams,
	isGreetingPending: boolean,
): string {
	const { greeting, has_storage_before_interaction } = config;
	if (greeting !== null && !isGreetingPending) return greetingRun(config, greeting);
	return has_storage_before_interaction || query.get('via') === 'launcher'
		? author(config) + DOTS
		: '';
}

/** Returns who speaks, as above each run of messages. */
const author = ({ assistant }: WidgetConfig) =>
	`<div class="author" aria-hidden="true"><span class="avatar">${face(assistant)}</span><span dir="auto">${escapeHtml(assistant.name)}</span></div>`;

const greetingRun = (config: WidgetConfig, greeting: string) =>
	`${author(config)}<div class="bubble greeting" dir="auto">${markdownHtml(greeting)}</div>`;

/** Returns the script of the preview, which shows what the settings page sends it and calls no server. */
const previewScript = (nonce: string) => fillTemplate(previewPage, { nonce });

const SAMPLE: [sender: 'visitor' | 'ai', text: string][] = [
	['visitor', "I'd like a quote"],
	['ai', 'Happy to help! When would you like to start?'],
];

/** Returns a short conversation that shows every color. */
const sampleConversation = (config: WidgetConfig) =>
	SAMPLE.map(
		([sender, text]) =>
			`<div class="row ${sender} first">${sender === 'ai' ? author(config) : ''}<div class="bubble">${escapeHtml(text)}</div></div>`,
	).join('');

interface Policy {
	nonce: string;
	publicUrl: string;
	/** Empty if any page may embed the site. */
	allowed_origins: string[];
}

const ORIGIN = /^https?:\/\/[a-z0-9.*-]+(:\d+)?$/i;

/**
 * Returns the frame's policy: only its own script and style run, they connect to this server only, and only the allowed
 * origins embed it.
 */
export function contentSecurityPolicy({ nonce, publicUrl, allowed_origins }: Policy): string {
	const directives = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}'`,
		// In older Safari, 'self' does not include websockets.
		`connect-src 'self' ${new URL(publicUrl).origin.replace(/^http/, 'ws')}`,
		// The logo is in the page.
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
