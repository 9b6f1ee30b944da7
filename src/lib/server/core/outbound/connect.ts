import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { buildConnector } from 'undici';
import { mayConnect } from './addresses.ts';
import { OutboundError } from './outbound-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const systemLookup = promisify(dnsLookup);
export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

/** Why an address is refused. */
export const blocked = (host: string): OutboundError =>
	new OutboundError(
		'blocked',
		`${host} is a private or reserved address, which may not be called (OUTBOUND_ALLOW_PRIVATE opens private and loopback ones)`,
		{ isSent: false },
	);

/** Opens sockets to checked addresses only: what was checked is what is connected to. */
export function createConnector(allowPrivate: boolean, resolve: Resolve): buildConnector.connector {
	const lookup = guardedLookup(allowPrivate, shareRunning(resolve));
	const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup });
	return (options, callback) => {
		// A literal address is never looked up.
		if (isIP(options.hostname) !== 0 && !mayConnect(options.hostname, allowPrivate)) {
			queueMicrotask(() => callback(blocked(options.hostname), null));
		} else {
			connect(options, callback);
		}
	};
}

function guardedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
	return (hostname, { all }, callback) => {
		resolve(hostname).then(
			(found) => {
				const open = found.filter(({ address }) => mayConnect(address, allowPrivate));
				const first = open[0];
				if (!first) callback(blocked(hostname), []);
				else if (all) callback(null, open);
				else callback(null, first.address, first.family);
			},
			(error: NodeJS.ErrnoException) => callback(error, []),
		);
	};
}

/** One lookup at a time for a name: a name server that hangs must not take every thread of the pool. */
function shareRunning(resolve: Resolve): Resolve {
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
