import type { PageFinding } from '#lib/contract/page-test.ts';
import { findBlockingDirective, type PolicyRequest } from './page-policy.ts';
import { findScriptDelay, type PageFacts, type PageScript } from './read-page.ts';

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
const LEVELS = ['error', 'warning', 'note'];

export const createFinding = (code: Code, detail: string | null = null): PageFinding => {
	const [level, title, fix] = TEXTS[code];
	return { code, level, title, fix, detail: detail?.slice(0, 500) ?? null };
};

/** The tested page, and the site that it should embed. */
export interface PageContext {
	/** The page's address after redirects. */
	page: URL;
	/** PUBLIC_URL. */
	server: URL;
	site: { key: string; allowed_origins: string[]; is_archived: boolean };
	/** Content-Security-Policy headers and `meta` elements. */
	policies: string[];
	/** Whether the page is reachable from the internet, but this server isn't. */
	is_server_hidden: boolean;
	is_cut: boolean;
}

/** Returns how often a page embeds a site's chat, and the problems that were found, most severe first. */
export function judgePage(
	facts: PageFacts,
	context: PageContext,
): { placements: number; findings: PageFinding[] } {
	const code = readCode(facts, context);
	const findings = [
		...(code.placements === 0 ? explainMissingCode(facts, code) : findFlaws(facts, code)),
		...findObstacles(context, code),
		...(context.is_cut ? [createFinding('page_cut')] : []),
	].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
	return { placements: code.placements, findings };
}

interface PageCode {
	/** The tags of this site's launcher. */
	tags: PageScript[];
	/** `tags`, and loader scripts whose site key is elsewhere, as in `FrontdeskSettings`. */
	loaders: PageScript[];
	placements: number;
	/** Keys of other sites. */
	otherKeys: string[];
	/** Hosts of other servers. */
	otherServers: string[];
	/** Whether the loader runs, but the page contains no site key. */
	lacksKey: boolean;
}

/** Separates the embedded chats of this site from those of other sites and servers. */
function readCode(facts: PageFacts, { site, server, page }: PageContext): PageCode {
	const isOnServer = (address: string) => URL.parse(address, page)?.host === server.host;
	const isFromOtherServer = (script: PageScript) => {
		const src = findLoaderUrl(script);
		return src !== undefined && !isOnServer(src);
	};
	const isOwnKey = (key?: string) => key?.trim().toLowerCase() === site.key;
	const scriptsWithKey = facts.scripts.filter(
		(script) => script.attributes['data-site'] !== undefined,
	);
	const tags = scriptsWithKey.filter(
		(script) => isOwnKey(script.attributes['data-site']) && !isFromOtherServer(script),
	);
	const frames = facts.frames.filter(isOnServer).map((src) => findFrameKey(src, page));
	const isLoaded =
		facts.has_inline_loader || facts.scripts.some((script) => !isFromOtherServer(script));
	const namedKeys = [...facts.elements, ...facts.settings];
	const ownKeys = [...(isLoaded ? namedKeys : []), ...frames].filter(isOwnKey);
	const keys = [
		...scriptsWithKey.map(({ attributes }) => attributes['data-site']),
		...namedKeys,
		...frames,
	];
	const hasNoKey = (script: PageScript) => script.attributes['data-site'] === undefined;
	const scriptsWithoutKey = facts.scripts.filter(
		(script) => hasNoKey(script) && !isFromOtherServer(script),
	);
	return {
		tags,
		loaders: [...tags, ...scriptsWithoutKey],
		placements: tags.length + ownKeys.length,
		otherKeys: [...new Set(keys.filter((key) => key !== undefined && !isOwnKey(key)))] as string[],
		otherServers: [
			...new Set(
				scriptsWithKey
					.filter(isFromOtherServer)
					.flatMap((tag) => URL.parse(findLoaderUrl(tag) ?? '', page)?.host ?? []),
			),
		],
		lacksKey:
			isLoaded && scriptsWithKey.length === 0 && namedKeys.length === 0 && !facts.has_inline_loader,
	};
}

/** Returns the loader's URL from any attribute, because plugins move it. */
const findLoaderUrl = ({ attributes }: PageScript) =>
	Object.values(attributes).find((value) => value.includes('/widget.js'));

const findFrameKey = (src: string, page: URL) =>
	URL.parse(src, page)?.pathname.match(/\/embed\/([^/]+)$/)?.[1];

/** Explains why the page doesn't embed this site's chat. */
function explainMissingCode(facts: PageFacts, code: PageCode): PageFinding[] {
	const { hidden } = facts;
	const isCurly = facts.scripts.some(({ attributes }) => /^[“”„]/.test(attributes['src'] ?? ''));
	if (isCurly) return [createFinding('curly_quotes')];
	const findings = [
		hidden.has('comment') && createFinding('snippet_in_comment'),
		hidden.has('noscript') && createFinding('snippet_in_noscript'),
		hidden.has('template') && createFinding('snippet_in_template'),
		hidden.has('text') && createFinding('snippet_as_text'),
		code.otherServers.length > 0 && createFinding('other_server', code.otherServers.join(', ')),
		code.otherServers.length === 0 &&
			code.otherKeys.length > 0 &&
			createFinding('wrong_site_key', code.otherKeys.join(', ')),
		code.lacksKey && createFinding('site_key_missing'),
	].filter((finding) => finding !== false);
	if (findings.length > 0) return findings;
	if (facts.has_inline_loader) return [createFinding('added_by_script')];
	return [
		createFinding('snippet_missing'),
		...(facts.has_tag_manager ? [createFinding('tag_manager')] : []),
	];
}

/** Finds problems with the embed code on the page. */
function findFlaws(facts: PageFacts, { tags, loaders, placements }: PageCode): PageFinding[] {
	const types = loaders.map(findScriptDelay);
	const copied = tags.find((tag) => findLoaderUrl(tag) === undefined);
	return [
		(types.includes('consent') || facts.has_blocked_frame) && createFinding('waits_for_consent'),
		types.includes('plugin') &&
			createFinding(
				'delayed_by_plugin',
				loaders[types.indexOf('plugin')]?.attributes['type'] ?? null,
			),
		copied && createFinding('copied_by_plugin', copied.attributes['src'] ?? null),
		tags.some(({ attributes }) => attributes['integrity']) && createFinding('has_integrity'),
		placements > 1 && createFinding('duplicate_snippet', `${placements} times`),
		facts.has_inline_loader && tags.length === 0 && createFinding('added_by_script'),
	].filter((finding) => typeof finding === 'object');
}

/** Finds problems outside the embed code, such as policies that block the chat. */
function findObstacles(context: PageContext, { tags, placements }: PageCode): PageFinding[] {
	const { page, server, site, policies } = context;
	const findBlocker = (kind: PolicyRequest['kind'], path: string) =>
		findBlockingDirective(policies, {
			kind,
			url: new URL(path, server),
			page,
			nonce: tags.find(({ attributes }) => attributes['nonce'])?.attributes['nonce'],
		});
	// A frame or a tag manager doesn't need a script tag on the page.
	const needsScript = placements === 0 || tags.length > 0;
	const script = needsScript ? findBlocker('script', '/widget.js') : undefined;
	const frame = findBlocker('frame', `/embed/${site.key}`);
	const connect = tags.length > 0 ? findBlocker('connect', '/api/embed-chat/config/') : undefined;
	const isAllowed = site.allowed_origins.length === 0 || site.allowed_origins.includes(page.origin);
	return [
		site.is_archived && createFinding('site_archived'),
		context.is_server_hidden && createFinding('server_not_public', server.origin),
		page.protocol === 'https:' &&
			server.protocol === 'http:' &&
			!context.is_server_hidden &&
			createFinding('mixed_content', server.origin),
		!isAllowed && page.origin !== server.origin && createFinding('origin_not_allowed', page.origin),
		script !== undefined && createFinding('csp_script', script),
		frame !== undefined && frame !== script && createFinding('csp_frame', frame),
		connect !== undefined && createFinding('csp_connect', connect),
	].filter((finding) => finding !== false);
}
