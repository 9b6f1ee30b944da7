import type { PageFinding } from '#lib/contract/page-test.ts';

type Code = PageFinding['code'];
type Texts = [level: PageFinding['level'], title: string, fix: string];

const TEXTS: Record<Code, Texts> = {
	unreachable: [
		'error',
		'The page can’t be loaded',
		'Check the URL. Pages behind a password or on a private network can’t be tested from here.',
	],
	bad_status: [
		'error',
		'The page answers with an error',
		'Check the URL. If the page works in your browser, a firewall or bot protection blocks this test, but not your visitors.',
	],
	not_html: ['error', 'This is not a web page', 'Enter the URL of the page that visitors open.'],
	snippet_missing: [
		'error',
		'The code isn’t on this page',
		'Add the embed code to the page and publish it. If you just did, clear the page’s cache. Code that an app adds with JavaScript can’t be seen here.',
	],
	snippet_in_comment: [
		'error',
		'The code is inside a comment',
		'Browsers ignore everything between <!-- and -->. Move the code out of the comment.',
	],
	snippet_in_noscript: [
		'error',
		'The code is inside a noscript element',
		'Browsers only read it when scripts are turned off. Move the code out of <noscript>.',
	],
	snippet_in_template: [
		'error',
		'The code is inside a template element',
		'Browsers don’t run scripts in <template>. Move the code out of it.',
	],
	snippet_as_text: [
		'error',
		'The code is shown as text',
		'It was pasted into a text editor. Paste it into a block or field for HTML or custom code.',
	],
	curly_quotes: [
		'error',
		'The code has curly quotation marks',
		'A text editor replaced the straight ones. Copy the code again and paste it into a block or field for HTML or custom code.',
	],
	wrong_site_key: [
		'error',
		'The code belongs to another site',
		'Replace the code with the one on this page.',
	],
	site_key_missing: [
		'error',
		'The code has lost its site key',
		'A plugin or editor removed data-site. Paste the code again, or set window.FrontdeskSettings as in the Google Tag Manager code.',
	],
	other_server: [
		'error',
		'The code points to another server',
		'Replace the code with the one on this page, or set PUBLIC_URL if Frontdesk has moved.',
	],
	site_archived: ['error', 'This site is archived', 'Restore the site to accept new chats.'],
	origin_not_allowed: [
		'error',
		'This website isn’t allowed to embed the chat',
		'Add it under “Allowed websites”.',
	],
	mixed_content: [
		'error',
		'The page is secure, but Frontdesk’s URL isn’t',
		'Browsers block http:// content on https:// pages. Serve Frontdesk over HTTPS and set PUBLIC_URL.',
	],
	server_not_public: [
		'error',
		'Visitors can’t reach Frontdesk',
		'PUBLIC_URL is a private address. Set it to the URL that visitors can open.',
	],
	csp_script: [
		'error',
		'The page’s content security policy blocks the script',
		'Add Frontdesk’s URL to script-src. With strict-dynamic, add the policy’s nonce to the script.',
	],
	csp_frame: [
		'error',
		'The page’s content security policy blocks the chat’s frame',
		'Add Frontdesk’s URL to frame-src.',
	],
	csp_connect: [
		'warning',
		'The page’s content security policy blocks the widget’s settings',
		'The chat works, but its button has the default color. Add Frontdesk’s URL to connect-src.',
	],
	waits_for_consent: [
		'warning',
		'A consent manager holds the script back',
		'Visitors who don’t consent see no chat. The chat sets no cookies, so you may classify it as functional.',
	],
	delayed_by_plugin: [
		'warning',
		'An optimization plugin delays the script',
		'The chat appears after the first scroll or tap. Exclude widget.js from delayed scripts in the plugin.',
	],
	copied_by_plugin: [
		'warning',
		'An optimization plugin serves its own copy of the script',
		'The copy misses updates. Exclude widget.js from minified and combined scripts in the plugin.',
	],
	has_integrity: [
		'warning',
		'The script has an integrity attribute',
		'Remove it, or the next update of Frontdesk is blocked.',
	],
	duplicate_snippet: [
		'warning',
		'The code is on the page more than once',
		'The chat is shown once. Remove the duplicates.',
	],
	added_by_script: [
		'note',
		'A script on the page adds the chat',
		'This test can’t run scripts. Open the page to see whether the chat appears.',
	],
	tag_manager: [
		'note',
		'The page uses Google Tag Manager',
		'Tags aren’t run here. If the chat is in a tag, open the page to see whether it appears.',
	],
	page_cut: [
		'note',
		'Only the beginning of the page was read',
		'The page has more than 5 MB of HTML.',
	],
};

/** Returns a finding with its text and remedy, and with a detail of at most 500 characters. */
export const createFinding = (code: Code, detail: string | null = null): PageFinding => {
	const [level, title, fix] = TEXTS[code];
	return { code, level, title, fix, detail: detail?.slice(0, 500) ?? null };
};
