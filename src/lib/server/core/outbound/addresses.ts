import ipaddr from 'ipaddr.js';

/** Ranges that `allowPrivate` opens. Link-local stays closed: clouds keep their credentials there. */
const PRIVATE = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/** Metadata services at addresses whose range alone does not say so. */
const METADATA = new Set(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);

const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Whether an IP address may be connected to: public ones, and private ones when they are allowed. */
export function mayConnect(address: string, allowPrivate: boolean): boolean {
	// An IPv4-mapped IPv6 address is judged as the IPv4 address that it reaches.
	const ip = ipaddr.process(address);
	if (METADATA.has(ip.toString())) return false;
	const range = ip.range();
	if (range === 'unicast') return ip.kind() === 'ipv4' || ip.match(GLOBAL_IPV6);
	return allowPrivate && PRIVATE.has(range);
}
