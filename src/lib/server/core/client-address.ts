import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { Log } from './log.ts';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Returns whether to trust the X-Forwarded-For entry that a hop added. Hop 0 is the peer of the socket. */
type TrustPredicate = (address: string, hop: number) => boolean;

const NAMED_RANGES: Record<string, string[]> = {
	loopback: ['127.0.0.0/8', '::1/128'],
	linklocal: ['169.254.0.0/16', 'fe80::/10'],
	uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const TRUST_NONE: TrustPredicate = () => false;

/**
 * Returns the address a request comes from: the nearest hop that `TRUST_PROXY` does not trust, or the farthest one if it
 * trusts all. Ignores everything in X-Forwarded-For beyond an invalid entry.
 */
export function resolveClientAddress(
	config: { trustProxy: string | undefined },
	socketAddress: string | undefined,
	xForwardedFor: string | undefined,
): string {
	let address = normalizeAddress(socketAddress ?? '') ?? 'unknown';
	if (config.trustProxy === undefined || !xForwardedFor) return address;
	const isTrusted = getTrustPredicate(config.trustProxy);
	for (const [hop, entry] of xForwardedFor.split(',').reverse().entries()) {
		if (!isTrusted(address, hop)) return address;
		const next = normalizeAddress(entry.trim());
		if (next === undefined) return address;
		address = next;
	}
	return address;
}

/** Returns whether the peer of a connection is a proxy that `TRUST_PROXY` trusts. */
export function isTrustedProxy(
	config: { trustProxy: string | undefined },
	socketAddress: string,
): boolean {
	if (config.trustProxy === undefined) return false;
	return getTrustPredicate(config.trustProxy)(normalizeAddress(socketAddress) ?? 'unknown', 0);
}

/**
 * Creates a function to call for each request. It warns once if a proxy on a private network sends X-Forwarded-For but isn't
 * in `TRUST_PROXY`, because all visitors then share the rate limits of the proxy's address.
 */
export function createProxyWarning(
	config: { trustProxy: string | undefined; isRateLimited: boolean },
	log: Pick<Log, 'warn'>,
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => void {
	const privateRanges = Object.keys(NAMED_RANGES).flatMap(parseRanges);
	let isSilent = !config.isRateLimited || config.trustProxy === 'false';
	return ({ headers, socket }) => {
		if (isSilent || headers['x-forwarded-for'] === undefined) return;
		const proxy = normalizeAddress(socket.remoteAddress ?? '') ?? '';
		if (!isInRanges(proxy, privateRanges) || isTrustedProxy(config, proxy)) return;
		isSilent = true;
		log.warn(
			{ proxy },
			'requests come from a proxy that is not in TRUST_PROXY: all visitors share the rate limits of its address',
		);
	};
}

/** Returns the key for rate limits: an IPv4 address, or the /64 network of an IPv6 address. */
export function toNetwork(address: string): string {
	if (!ipaddr.isValid(address)) return address;
	const parsed = ipaddr.process(address);
	if (parsed.kind() === 'ipv4') return parsed.toString();
	return parsed.toNormalizedString().split(':').slice(0, 4).join(':');
}

const compiledPredicates = new Map<string, TrustPredicate>();

function getTrustPredicate(trustProxy: string): TrustPredicate {
	const predicate = compiledPredicates.get(trustProxy) ?? compileTrust(trustProxy);
	compiledPredicates.set(trustProxy, predicate);
	return predicate;
}

/** Compiles `TRUST_PROXY`: `true`, a number of hops, or comma-separated addresses, ranges and names. Throws for any other value. */
export function compileTrust(trustProxy: string): TrustPredicate {
	const text = trustProxy.trim();
	if (text === 'false') return TRUST_NONE;
	if (text === 'true') return () => true;
	if (/^\d+$/.test(text)) return (_, hop) => hop < Number(text);
	const ranges = text.split(',').flatMap((part) => parseRanges(part.trim()));
	return (address) => isInRanges(address, ranges);
}

function parseRanges(part: string): Range[] {
	return (NAMED_RANGES[part] ?? [part]).map((range): Range => {
		if (range.includes('/')) return ipaddr.parseCIDR(range);
		const address = ipaddr.process(range);
		return [address, address.kind() === 'ipv4' ? 32 : 128];
	});
}

/** Returns whether an address is in one of these networks. An IPv4-mapped IPv6 address counts as IPv4. */
export function isInRanges(address: string, ranges: readonly Range[]): boolean {
	if (!ipaddr.isValid(address)) return false;
	const parsed = ipaddr.process(address);
	return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
}

/** Removes port, brackets and the IPv4-mapped prefix (`::ffff:`). Returns `undefined` if the text is not an address. */
function normalizeAddress(text: string): string | undefined {
	const host = text
		.replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
		.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
	return ipaddr.isValid(host) ? ipaddr.process(host).toString() : undefined;
}
