interface Policy {
	nonce: string;
	publicUrl: string;
	/** Empty: any page may embed the site. */
	allowed_origins: string[];
}

const ORIGIN = /^https?:\/\/[a-z0-9.*-]+(:\d+)?$/i;

/** Only the frame's own script and style run, they speak to this server alone, and only the site's pages embed them. */
export function contentSecurityPolicy({ nonce, publicUrl, allowed_origins }: Policy): string {
	const directives = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}'`,
		// Older Safari does not count a socket as 'self'.
		`connect-src 'self' ${new URL(publicUrl).origin.replace(/^http/, 'ws')}`,
		"img-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
	];
	if (allowed_origins.length > 0) {
		const pages = allowed_origins.filter((origin) => ORIGIN.test(origin));
		directives.push(`frame-ancestors ${["'self'", ...pages].join(' ')}`);
	}
	return directives.join('; ');
}
