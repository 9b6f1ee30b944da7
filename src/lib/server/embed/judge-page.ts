import type { PageFinding } from '#lib/contract/page-test.ts';
import { createFinding } from './page-findings.ts';
import { findBlockingDirective, type PolicyRequest } from './page-policy.ts';
import { findScriptDelay, type PageFacts, type PageScript } from './read-page.ts';

const LEVELS: PageFinding['level'][] = ['error', 'warning', 'note'];

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
