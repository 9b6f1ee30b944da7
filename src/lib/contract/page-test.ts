import { z } from 'zod';

/** Everything that a page test can find, most severe first. */
const PAGE_FINDINGS = [
	'unreachable',
	'bad_status',
	'not_html',
	'snippet_missing',
	'snippet_in_comment',
	'snippet_in_noscript',
	'snippet_in_template',
	'snippet_as_text',
	'curly_quotes',
	'wrong_site_key',
	'site_key_missing',
	'other_server',
	'site_archived',
	'origin_not_allowed',
	'mixed_content',
	'server_not_public',
	'csp_script',
	'csp_frame',
	'csp_connect',
	'waits_for_consent',
	'delayed_by_plugin',
	'copied_by_plugin',
	'has_integrity',
	'duplicate_snippet',
	'added_by_script',
	'tag_manager',
	'page_cut',
] as const;

export const pageTestInput = z
	.strictObject({
		/** The page's URL. `https://` is added if it has no scheme. */
		url: z
			.string()
			.trim()
			.min(1, "enter your page's URL")
			.max(2000)
			.transform((text) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`))
			.refine((text) => {
				const url = URL.parse(text);
				return url !== null && /^https?:$/.test(url.protocol) && url.username === '';
			}, 'enter a URL like https://www.example.com'),
	})
	.meta({ id: 'PageTestInput' });
export type PageTestInput = z.input<typeof pageTestInput>;

const pageFinding = z
	.object({
		code: z.enum(PAGE_FINDINGS),
		/** With an `error`, visitors see no chat. */
		level: z.enum(['error', 'warning', 'note']),
		title: z.string(),
		fix: z.string(),
		/** The part of the page that the finding is about, such as the other site's key or the blocking policy. */
		detail: z.string().nullable(),
	})
	.meta({ id: 'PageFinding' });
export type PageFinding = z.infer<typeof pageFinding>;

/** Whether a page shows the site's chat. */
export const pageTest = z
	.object({
		/** The URL after redirects. */
		url: z.string(),
		http_status: z.number().int().nullable(),
		/** Whether the page has the chat, and nothing was found that prevents it from being shown. */
		is_ready: z.boolean(),
		/** The number of times that the page embeds this site's chat. */
		placements: z.number().int(),
		/** Errors first. */
		findings: z.array(pageFinding),
	})
	.meta({ id: 'PageTest' });
export type PageTest = z.infer<typeof pageTest>;
