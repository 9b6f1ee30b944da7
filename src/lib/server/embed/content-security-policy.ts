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
