import {
	pageTestInput,
	type PageFinding,
	type PageTest,
	type PageTestInput,
} from '#lib/contract/page-test.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { Ctx } from '../core/context.ts';
import { isPublicHost, OutboundError, type OutboundResponse } from '../core/outbound/index.ts';
import { parse } from '../core/parse.ts';
import { requireAdmin } from '../core/permissions.ts';
import { getSiteSettings } from '../sites/index.ts';
import { audit } from '../team/audit/unchecked.ts';
import { judgePage } from './judge-page.ts';
import { createFinding } from './page-findings.ts';
import { readPage } from './read-page.ts';

const TIMEOUTS = { firstByte: 10_000, idle: 5_000, total: 20_000 };
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** Resembles a browser's, because some servers reject unknown clients. */
const USER_AGENT = 'Mozilla/5.0 (compatible; Frontdesk page test)';

/**
 * Fetches a page and returns whether it shows the site's chat, and what prevents it. Admins only. Throws `not_found` for an
 * unknown site. A page that can't be fetched results in a finding.
 */
export async function testPage(ctx: Ctx, key: string, input: PageTestInput): Promise<PageTest> {
	requireAdmin(ctx);
	const { url } = parse(pageTestInput, input);
	const site = await getSiteSettings(ctx, key);
	await audit(ctx, {
		action: 'page.tested',
		target: { type: 'site', id: key, name: site.name },
		detail: { url: new URL(url).origin },
	});
	let response: OutboundResponse;
	let page: { html: string; is_cut: boolean };
	try {
		response = await ctx.app.outbound.request({
			url,
			method: 'GET',
			headers: { accept: 'text/html,application/xhtml+xml', 'user-agent': USER_AGENT },
			timeouts: TIMEOUTS,
			// Unlimited here, because `readHtml` truncates longer pages.
			maxBytes: Infinity,
			maxRedirects: MAX_REDIRECTS,
		});
		const refusal = checkResponse(response);
		if (refusal) {
			await discard(response);
			return createFailedTest(response.url.href, response.status, refusal);
		}
		page = await readHtml(response);
	} catch (error) {
		if (!(error instanceof OutboundError)) throw error;
		return createFailedTest(
			url,
			error.status ?? null,
			createFinding('unreachable', cleanText(error.message)),
		);
	}
	const server = new URL(ctx.app.config.publicUrl);
	const facts = await readPage(page.html, server.host);
	const { placements, findings } = judgePage(facts, {
		page: response.url,
		server,
		site: {
			key,
			allowed_origins: site.allowed_origins,
			is_archived: site.archived_at !== null,
		},
		policies: [response.headers.get('content-security-policy') ?? '', ...facts.policies],
		is_server_hidden: !isPublicHost(server.hostname) && isPublicHost(response.url.hostname),
		is_cut: page.is_cut,
	});
	return {
		url: response.url.href,
		http_status: response.status,
		is_ready: placements > 0 && findings.every(({ level }) => level !== 'error'),
		placements,
		findings,
	};
}

const createFailedTest = (
	url: string,
	http_status: number | null,
	finding: PageFinding,
): PageTest => ({
	url,
	http_status,
	is_ready: false,
	placements: 0,
	findings: [finding],
});

/** Returns the finding for a response that isn't a web page; undefined if it is one. */
function checkResponse({ status, headers }: OutboundResponse): PageFinding | undefined {
	if (status >= 400) return createFinding('bad_status', `Status ${status}`);
	const type = headers.get('content-type') ?? '';
	const isHtml = type === '' || /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(type);
	return isHtml ? undefined : createFinding('not_html', cleanText(type));
}

/** Closes a response whose body isn't needed. */
async function discard({ body }: OutboundResponse): Promise<void> {
	for await (const _ of body) break;
}

async function readHtml({ body, headers }: OutboundResponse) {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		chunks.push(chunk);
		size += chunk.byteLength;
		if (size > MAX_BYTES) break;
	}
	const bytes = Buffer.concat(chunks).subarray(0, MAX_BYTES);
	return { html: decodeHtml(bytes, headers.get('content-type')), is_cut: size > MAX_BYTES };
}

/** Decodes a page as browsers do: by its byte order mark, its header, or its own `meta` element. */
function decodeHtml(bytes: Buffer, contentType: string | null): string {
	const declared =
		/charset\s*=\s*["']?([\w:.-]+)/i.exec(contentType ?? '')?.[1] ??
		/<meta[^>]+charset\s*=\s*["']?([\w:.-]+)/i.exec(bytes.toString('latin1', 0, 1024))?.[1];
	const utf16LittleEndian = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;
	const utf16BigEndian = bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
	const label = utf16LittleEndian ?? utf16BigEndian ?? declared ?? 'utf-8';
	try {
		return new TextDecoder(label).decode(bytes);
	} catch {
		// The label isn't a known encoding.
		return new TextDecoder().decode(bytes);
	}
}
