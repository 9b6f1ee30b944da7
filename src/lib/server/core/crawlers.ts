// "Cubot" is a maker of phones.
const CRAWLER =
	/(?<!cu)bot\b|crawl|spider|slurp|mediapartners|facebookexternalhit|embedly|bingpreview|inspectiontool|pagespeed|lighthouse|gtmetrix|pingdom|uptime|whatsapp\//i;

/** Whether a User-Agent header is that of a crawler, a preview maker or a monitor: they start no chat sessions. */
export const isCrawler = (userAgent: string | undefined) =>
	userAgent !== undefined && CRAWLER.test(userAgent);
