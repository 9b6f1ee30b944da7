/** A request that a page's Content-Security-Policy may block. */
export interface PolicyRequest {
	kind: 'script' | 'frame' | 'connect';
	url: URL;
	page: URL;
	/** The script's nonce. */
	nonce?: string | undefined;
}

/** The directives for each kind of request, in order of precedence. Only the first one that is in a policy applies. */
const DIRECTIVES: Record<PolicyRequest['kind'], string[]> = {
	script: ['script-src-elem', 'script-src', 'default-src'],
	frame: ['frame-src', 'child-src', 'default-src'],
	connect: ['connect-src', 'default-src'],
};

/** The maximum number of policies checked, so that a header full of commas can't slow down the test. */
const MAX_POLICIES = 100;

/** Returns the directive that blocks a request, as the page sends it; undefined if none does. */
export function findBlockingDirective(
	policies: string[],
	request: PolicyRequest,
): string | undefined {
	return policies
		.flatMap((header) => header.split(','))
		.filter((policy) => policy.trim() !== '')
		.slice(0, MAX_POLICIES)
		.map((policy) => findBlockingDirectiveIn(parsePolicy(policy), request))
		.find((directive) => directive !== undefined);
}

/** Returns the values of a policy's directives. If a directive is repeated, the first one applies. */
function parsePolicy(policy: string): Map<string, string[]> {
	const directives = new Map<string, string[]>();
	for (const directive of policy.split(';')) {
		const [name, ...values] = directive.trim().split(/\s+/);
		if (name && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), values);
	}
	return directives;
}

function findBlockingDirectiveIn(
	policy: Map<string, string[]>,
	request: PolicyRequest,
): string | undefined {
	const sandbox = policy.get('sandbox');
	if (sandbox && !sandbox.includes('allow-scripts')) return ['sandbox', ...sandbox].join(' ');
	const name = DIRECTIVES[request.kind].find((directive) => policy.has(directive));
	const sources = name === undefined ? undefined : policy.get(name);
	if (name === undefined || !sources || isAllowed(sources, request)) return undefined;
	return [name, ...sources].join(' ').slice(0, 500);
}

function isAllowed(sources: string[], request: PolicyRequest): boolean {
	if (request.kind === 'script') {
		if (request.nonce && sources.includes(`'nonce-${request.nonce}'`)) return true;
		// With 'strict-dynamic', browsers ignore hosts. They load only scripts with a nonce or hash, and the scripts that those add.
		if (sources.includes("'strict-dynamic'")) return false;
	}
	return sources.some((source) => matchesSource(source, request));
}

const SOURCE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*|(?:\*\.)?[^:/*]+)(?::(\d+|\*))?(\/.*)?$/i;

function matchesSource(source: string, { url, page }: PolicyRequest): boolean {
	if (source.toLowerCase() === "'self'") return url.origin === page.origin;
	if (source === '*') return /^https?:$/.test(url.protocol);
	if (/^[a-z][a-z0-9+.-]*:$/i.test(source)) return matchesScheme(source.toLowerCase(), url);
	const [, scheme, host, port, path] = SOURCE.exec(source) ?? [];
	if (host === undefined) return false;
	return (
		matchesScheme(scheme === undefined ? page.protocol : `${scheme.toLowerCase()}:`, url) &&
		matchesHost(host.toLowerCase(), url.hostname) &&
		matchesPort(port, url) &&
		(path === undefined ||
			path === '/' ||
			(path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path))
	);
}

/** An `http` source also allows `https`. */
const matchesScheme = (scheme: string, url: URL) =>
	scheme === url.protocol || (scheme === 'http:' && url.protocol === 'https:');

const matchesHost = (host: string, hostname: string) =>
	host === '*' || (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : host === hostname);

function matchesPort(port: string | undefined, url: URL): boolean {
	if (port === '*') return true;
	const isDefault = url.port === '';
	if (port === undefined) return isDefault;
	// The default port of `http` also allows that of `https`.
	return port === url.port || (isDefault && (port === '443' || port === '80'));
}
