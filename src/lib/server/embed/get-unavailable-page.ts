import { randomBytes } from 'node:crypto';
import { chooseLanguage } from '../sites/index.ts';
import type { FramePage } from './get-widget-frame.ts';
import { escapeHtml, fillTemplate } from './html.ts';
import { TEXTS } from './texts/index.ts';
import template from './unavailable.html?raw';

/** Returns the page for a site that doesn't exist or is archived, in the visitor's language. Public. */
export function getUnavailablePage(languages: {
	page: string | null;
	browser: string | null;
}): FramePage {
	const language = chooseLanguage({ ...languages, site: 'auto' });
	const nonce = randomBytes(16).toString('base64');
	const html = fillTemplate(template, {
		nonce,
		lang: language,
		dir: language === 'ar' ? 'rtl' : 'ltr',
		title: escapeHtml(TEXTS[language].unavailable),
		hint: escapeHtml(TEXTS[language].unavailable_hint),
	});
	const sources = `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self'`;
	return { html, content_security_policy: `default-src 'none'; ${sources}; base-uri 'none'` };
}
