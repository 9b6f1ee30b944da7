// "Cubot" is a phone brand. The library isbot isn't used, because it also matches curl, n8n and other clients that are allowed to chat.
const CRAWLER =
	/(?<!cu)bot\b|crawl|spider|slurp|mediapartners|facebookexternalhit|embedly|bingpreview|inspectiontool|pagespeed|lighthouse|gtmetrix|pingdom|uptime|whatsapp\//i;

/** Returns whether a User-Agent header belongs to a crawler, link preview or uptime monitor, which must not start chat sessions. */
export const isCrawler = (userAgent: string | undefined) =>
	userAgent !== undefined && CRAWLER.test(userAgent);
