import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { isInRanges } from '../client-address.ts';
import { OutboundError } from './outbound-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Resolves a host name to all its addresses. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const systemLookup = promisify(dnsLookup);
export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

/** Creates the error for an address that must not be called. */
export const createBlockedError = (host: string): OutboundError =>
	new OutboundError(
		'blocked',
		`${host} is a private or reserved address, which Frontdesk does not call (OUTBOUND_ALLOW_PRIVATE=true allows private and loopback addresses)`,
		{ isSent: false },
	);

/** Creates a connector that checks the resolved address it connects to, so that DNS rebinding can't bypass the check. */
export function createConnector(allowPrivate: boolean, resolve: Resolve): buildConnector.connector {
	const lookup = createGuardedLookup(allowPrivate, deduplicateLookups(resolve));
	const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup });
	return (options, callback) => {
		// Node doesn't call `lookup` for literal addresses.
		if (isIP(options.hostname) !== 0 && !canConnect(options.hostname, allowPrivate)) {
			queueMicrotask(() => callback(createBlockedError(options.hostname), null));
		} else {
			connect(options, callback);
		}
	};
}

function createGuardedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
	return (hostname, { all }, callback) => {
		resolve(hostname).then(
			(found) => {
				const allowed = found.filter(({ address }) => canConnect(address, allowPrivate));
				const first = allowed[0];
				if (!first) callback(createBlockedError(hostname), []);
				else if (all) callback(null, allowed);
				else callback(null, first.address, first.family);
			},
			(error: NodeJS.ErrnoException) => callback(error, []),
		);
	};
}

/** Shares one lookup between concurrent calls to a name, so that a hanging name server can't occupy Node's whole thread pool. */
function deduplicateLookups(resolve: Resolve): Resolve {
	const running = new Map<string, Promise<LookupAddress[]>>();
	return (hostname) => {
		let lookup = running.get(hostname);
		if (!lookup) {
			lookup = resolve(hostname).finally(() => running.delete(hostname));
			running.set(hostname, lookup);
		}
		return lookup;
	};
}

/** Ranges that `allowPrivate` allows. Link-local stays blocked, because clouds serve credentials there. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/** Networks of cloud metadata services outside the link-local range: Azure, Alibaba, AWS, Google, Oracle and Scaleway. */
const METADATA_NETWORKS = [
	'168.63.129.16/32',
	'100.100.100.200/32',
	'fd00:ec2::/64',
	'fd20:ce::254/128',
	'fd00:c1::a9fe:a9fe/128',
	'fd00:42::42/128',
].map((network) => ipaddr.parseCIDR(network));

const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Returns whether connecting to an IP address is allowed: public addresses always, private ones with `allowPrivate`. */
export function canConnect(address: string, allowPrivate: boolean): boolean {
	// `process` converts an IPv4-mapped IPv6 address to the IPv4 address that it reaches.
	const ip = ipaddr.process(address);
	if (isInRanges(address, METADATA_NETWORKS)) return false;
	const range = ip.range();
	// A network without IPv4 reaches IPv4 servers through NAT64, at addresses that end with theirs.
	if (range === 'rfc6052') return canConnect(ip.toByteArray().slice(-4).join('.'), false);
	if (range === 'unicast') return ip.kind() === 'ipv4' || ip.match(GLOBAL_IPV6);
	return allowPrivate && PRIVATE_RANGES.has(range);
}

/** Returns the hostname of a URL without the brackets of an IPv6 address, as Node expects it. */
export const removeBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

const LOCAL_HOST_NAME = /(^|\.)(localhost|local|internal|lan|home\.arpa)$/i;

/** Returns whether a URL's host may be reachable from the internet, without looking it up. */
export function isPublicHost(hostname: string): boolean {
	const host = removeBrackets(hostname);
	return isIP(host) === 0 ? !LOCAL_HOST_NAME.test(host) : canConnect(host, false);
}
